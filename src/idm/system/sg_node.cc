// SPDX-License-Identifier: LGPL-2.1-or-later
// SCSI commands through SG_IO, on an sg node or a disk's own.
#include <fmt/format.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/fd.h"
#include "idm/scsi/codec.h"
#include "idm/system/node.h"

namespace lvm::idm {
namespace {

// Unit attentions report earlier events (reset, changed parameters), one each.
constexpr int kMostAttentions = 8;

// What the host adapter's driver says; the numbers are Linux's DID_*.
constexpr unsigned kHostOk = 0x00, kHostNoConnect = 0x01, kHostTimeOut = 0x03, kHostBadTarget = 0x04,
                   kHostImmediateRetry = 0x0C, kHostFailFast = 0x0F, kHostNexusFailure = 0x11;
constexpr unsigned kDriverTimeOut = 0x06, kDriverSense = 0x08;

Outcome error(TransportError::Kind kind, bool may_have_run, std::string text) {
  return std::unexpected(TransportError{kind, may_have_run, std::move(text)});
}

// The host adapter failed: whatever the status byte says, it is not from the drive.
Outcome host_error(unsigned host, unsigned driver) {
  using Kind = TransportError::Kind;
  const std::string text = fmt::format("host adapter status {:02x}h, driver status {:02x}h", host, driver);
  if (host == kHostTimeOut || driver == kDriverTimeOut) return error(Kind::timed_out, true, text);
  if (host == kHostNoConnect || host == kHostBadTarget || host == kHostImmediateRetry)
    return error(Kind::no_path, false, text);
  // Fast failure: a path group gave up; what was queued has not run, what was sent may have.
  if (host == kHostFailFast) return error(Kind::no_path, true, text);
  return error(Kind::lost, true, text);
}

class SgNode final : public Node {
 public:
  explicit SgNode(int fd) : fd_(fd) {}

  Outcome run(const Command& command) override {
    const scsi::Request request = scsi::encode(command);
    for (int attempt = 0;; ++attempt) {
      scsi::Decoded decoded = run_once(command, request);
      if (!decoded.retry || attempt == kMostAttentions) return std::move(decoded.outcome);
    }
  }

 private:
  scsi::Decoded run_once(const Command& command, const scsi::Request& request) {
    std::array<std::uint8_t, 64> sense{};
    std::vector<std::byte> in(request.in_size);
    std::array<std::uint8_t, 16> cdb = request.cdb;
    sg_io_hdr_t header{};
    header.interface_id = 'S';
    header.cmdp = cdb.data();
    header.cmd_len = request.cdb_length;
    header.sbp = sense.data();
    header.mx_sb_len = sense.size();
    header.timeout = static_cast<unsigned>(kCommandTimeout / std::chrono::milliseconds(1));
    header.dxfer_direction = SG_DXFER_NONE;
    if (!request.out.empty()) {
      header.dxfer_direction = SG_DXFER_TO_DEV;
      header.dxferp = const_cast<std::byte*>(request.out.data());
      header.dxfer_len = static_cast<unsigned>(request.out.size());
    } else if (!in.empty()) {
      header.dxfer_direction = SG_DXFER_FROM_DEV;
      header.dxferp = in.data();
      header.dxfer_len = static_cast<unsigned>(in.size());
    }
    if (::ioctl(fd_.get(), SG_IO, &header) != 0) return {std::unexpected(system_error(errno, true))};

    // Newer kernels report a reservation conflict as a failure of the nexus too.
    const bool conflict = header.status == scsi::kConflict && header.host_status == kHostNexusFailure;
    const unsigned driver = header.driver_status & 0x0F;
    const bool driver_failed = driver != 0 && driver != kDriverSense;
    if ((header.host_status != kHostOk && !conflict) || driver_failed)
      return {host_error(header.host_status, header.driver_status)};
    scsi::Answer answer{.status = header.status, .data = std::move(in)};
    answer.sense.assign(sense.begin(), sense.begin() + header.sb_len_wr);
    const auto missing = static_cast<std::size_t>(header.resid < 0 ? 0 : header.resid);
    const std::size_t cut = std::min(missing, answer.data.size());
    answer.data.erase(answer.data.end() - static_cast<std::ptrdiff_t>(cut), answer.data.end());
    return scsi::decode(command, answer);
  }

  Fd fd_;
};

}  // namespace

std::unique_ptr<Node> make_sg_node(int fd) { return std::make_unique<SgNode>(fd); }

}  // namespace lvm::idm
