// SPDX-License-Identifier: LGPL-2.1-or-later
// NVMe admin commands through the namespace's block node.
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <vector>

#include "base/fd.h"
#include "idm/nvme/codec.h"
#include "idm/system/node.h"

namespace lvm::idm {
namespace {

class NvmeNode final : public Node {
 public:
  NvmeNode(int fd, std::span<const std::uint16_t> vendors) : fd_(fd), vendors_(vendors.begin(), vendors.end()) {}

  Outcome run(const Command& command) override {
    nvme::Request request = nvme::encode(command);
    nvme::Answer answer{.data = std::vector<std::byte>(request.in_size)};
    std::vector<std::byte>& data = request.out.empty() ? answer.data : request.out;
    nvme_admin_cmd admin{};
    admin.opcode = request.opcode;
    admin.addr = reinterpret_cast<std::uintptr_t>(data.data());
    admin.data_len = static_cast<std::uint32_t>(data.size());
    admin.cdw10 = request.cdw10;
    admin.cdw12 = request.cdw12;
    admin.timeout_ms = static_cast<std::uint32_t>(kCommandTimeout / std::chrono::milliseconds(1));
    const int result = ::ioctl(fd_.get(), NVME_IOCTL_ADMIN_CMD, &admin);
    if (result < 0) return std::unexpected(system_error(errno, true));
    answer.status = static_cast<std::uint16_t>(result);
    return nvme::decode(command, answer, vendors_);
  }

 private:
  Fd fd_;
  std::vector<std::uint16_t> vendors_;
};

}  // namespace

std::unique_ptr<Node> make_nvme_node(int fd, std::span<const std::uint16_t> nvme_vendors) {
  return std::make_unique<NvmeNode>(fd, nvme_vendors);
}

}  // namespace lvm::idm
