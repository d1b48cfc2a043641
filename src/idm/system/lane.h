// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "idm/system/node.h"
#include "idm/transport.h"

namespace lvm::idm {

// One command on its way. The transport gives up on it by `given_up`; `started` says whether that was before any
// thread had it.
struct Job {
  Transport::Ticket ticket = 0;
  Command command;
  std::atomic<bool> given_up{false}, started{false};
};

// Where threads leave what they got, for the transport's one thread to fetch.
class Completions {
 public:
  explicit Completions(Fd event) : event_(std::move(event)) {}
  int fd() const { return event_.get(); }
  void push(Transport::Ticket ticket, Outcome outcome);
  std::vector<std::pair<Transport::Ticket, Outcome>> take();

 private:
  Fd event_;
  std::mutex mutex_;
  std::vector<std::pair<Transport::Ticket, Outcome>> done_;
};

// One drive: its paths, its queue and the threads that wait for it. Shared with those threads, so that the
// transport may go while one of them still waits in the kernel.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  using Open = std::function<OpenedNode(const DrivePath&)>;
  Lane(DriveId id, std::size_t most_workers, Open open, std::shared_ptr<Completions> completions);

  void set_paths(std::vector<DrivePath> paths);
  void push(std::shared_ptr<Job> job);
  // Queued commands are dropped; threads end when the kernel lets them.
  void stop();

 private:
  struct Path {
    DrivePath path;
    std::shared_ptr<Node> node;  // null: not open
  };
  enum class Support : std::uint8_t { unknown, yes, no };

  void work();
  Outcome run(const Job& job);
  // One attempt on one path, the support probe before it where that is still due.
  Outcome attempt(const Command& command, const DrivePath& path);
  std::expected<std::shared_ptr<Node>, TransportError> opened(const DrivePath& path);
  void close(const DrivePath& path);
  std::vector<DrivePath> paths_in_order();
  void prefer(const DrivePath& path);
  TransportError named(TransportError error, const DrivePath& path) const;

  const DriveId id_;
  const std::size_t most_workers_;
  const Open open_;
  const std::shared_ptr<Completions> completions_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::size_t workers_ = 0, idle_ = 0;
  bool stopping_ = false;
  std::vector<Path> paths_;
  std::size_t preferred_ = 0;
  Support support_ = Support::unknown;
};

}  // namespace lvm::idm
