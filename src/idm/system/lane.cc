// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/system/lane.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <thread>

namespace lvm::idm {
namespace {

constexpr auto kIdleTime = std::chrono::seconds(30);  // a thread without work ends

// The signals of the process belong to its own threads.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

// Whether another path of the drive may do better.
bool of_path(TransportError::Kind kind) {
  return kind == TransportError::Kind::no_path || kind == TransportError::Kind::lost ||
         kind == TransportError::Kind::timed_out;
}

}  // namespace

void Completions::push(Transport::Ticket ticket, Outcome outcome) {
  bool first;
  {
    std::lock_guard lock(mutex_);
    first = done_.empty();
    done_.emplace_back(ticket, std::move(outcome));
  }
  // Fails only when the counter is full: then the descriptor is readable anyway.
  if (first) (void)::eventfd_write(event_.get(), 1);
}

std::vector<std::pair<Transport::Ticket, Outcome>> Completions::take() {
  eventfd_t count;
  (void)::eventfd_read(event_.get(), &count);
  std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

Lane::Lane(DriveId id, std::size_t most_workers, Open open, std::shared_ptr<Completions> completions)
    : id_(std::move(id)),
      most_workers_(std::max<std::size_t>(most_workers, 1)),
      open_(std::move(open)),
      completions_(std::move(completions)) {}

void Lane::set_paths(std::vector<DrivePath> paths) {
  std::lock_guard lock(mutex_);
  std::vector<Path> fresh;
  for (DrivePath& path : paths) {
    auto known = std::ranges::find(paths_, path, &Path::path);
    fresh.push_back({std::move(path), known == paths_.end() ? nullptr : std::move(known->node)});
  }
  paths_ = std::move(fresh);
  preferred_ = 0;
}

void Lane::push(std::shared_ptr<Job> job) {
  const Transport::Ticket ticket = job->ticket;
  bool start = false;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
    start = queue_.size() > idle_ && workers_ < most_workers_;
    if (start) ++workers_;
  }
  if (!start) return wake_.notify_one();
  try {
    std::thread([lane = shared_from_this()] { lane->work(); }).detach();
  } catch (const std::system_error& failed) {
    std::unique_lock lock(mutex_);
    --workers_;
    if (workers_ != 0) return;  // another thread gets to it
    std::erase_if(queue_, [&](const auto& queued) { return queued->ticket == ticket; });
    lock.unlock();
    completions_->push(ticket, std::unexpected(TransportError{TransportError::Kind::no_path, false,
                                                              fmt::format("drive {}: no thread could be started: {}",
                                                                          id_.text(), failed.what())}));
  }
}

void Lane::stop() {
  std::lock_guard lock(mutex_);
  stopping_ = true;
  queue_.clear();
  wake_.notify_all();
}

void Lane::work() {
  block_signals();
  std::unique_lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) {
      ++idle_;
      const bool timed_out = wake_.wait_for(lock, kIdleTime) == std::cv_status::timeout;
      --idle_;
      if (timed_out && queue_.empty()) break;
    }
    if (stopping_ || queue_.empty()) break;
    const std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    // In this order: whoever gives up afterwards sees that it had started.
    job->started = true;
    if (job->given_up) continue;
    lock.unlock();
    completions_->push(job->ticket, run(*job));
    lock.lock();
  }
  --workers_;
}

Outcome Lane::run(const Job& job) {
  TransportError failure{TransportError::Kind::no_path, false, fmt::format("drive {} has no path", id_.text())};
  for (const DrivePath& path : paths_in_order()) {
    Outcome outcome = attempt(job.command, path);
    if (outcome) {
      prefer(path);
      return outcome;
    }
    const bool may_have_run = failure.may_have_run || outcome.error().may_have_run;
    failure = named(std::move(outcome.error()), path);
    failure.may_have_run = may_have_run;
    if (!of_path(failure.kind)) break;
    close(path);
    // What may have run is not sent again unless that changes nothing: its second answer would mislead.
    if (job.given_up || (may_have_run && !repeatable(job.command))) break;
  }
  return std::unexpected(std::move(failure));
}

Outcome Lane::attempt(const Command& command, const DrivePath& path) {
  auto node = opened(path);
  if (!node) return std::unexpected(std::move(node.error()));
  Support support;
  {
    std::lock_guard lock(mutex_);
    support = support_;
  }
  const bool probe = std::holds_alternative<Probe>(command);
  if (probe || support == Support::unknown) {
    Outcome probed = (*node)->run(Probe{});
    const bool missing = !probed && probed.error().kind == TransportError::Kind::unsupported;
    if (probed || missing) {
      std::lock_guard lock(mutex_);
      support_ = missing ? Support::no : Support::yes;
    }
    if (probe || !probed) return probed;
  } else if (support == Support::no) {
    return std::unexpected(
        TransportError{TransportError::Kind::unsupported, false, "it does not have in-drive mutexes"});
  }
  return (*node)->run(command);
}

std::expected<std::shared_ptr<Node>, TransportError> Lane::opened(const DrivePath& path) {
  {
    std::lock_guard lock(mutex_);
    auto known = std::ranges::find(paths_, path, &Path::path);
    if (known != paths_.end() && known->node) return known->node;
  }
  // Opening may block; two threads that do it at once are no harm.
  OpenedNode opened = open_(path);
  if (!opened) return std::unexpected(std::move(opened.error()));
  std::shared_ptr<Node> node = *std::move(opened);
  std::lock_guard lock(mutex_);
  auto known = std::ranges::find(paths_, path, &Path::path);
  if (known != paths_.end()) known->node = node;
  return node;
}

void Lane::close(const DrivePath& path) {
  std::lock_guard lock(mutex_);
  auto known = std::ranges::find(paths_, path, &Path::path);
  if (known != paths_.end()) known->node = nullptr;
}

std::vector<DrivePath> Lane::paths_in_order() {
  std::lock_guard lock(mutex_);
  std::vector<DrivePath> out;
  for (std::size_t i = 0; i < paths_.size(); ++i) out.push_back(paths_[(preferred_ + i) % paths_.size()].path);
  return out;
}

void Lane::prefer(const DrivePath& path) {
  std::lock_guard lock(mutex_);
  auto known = std::ranges::find(paths_, path, &Path::path);
  if (known != paths_.end()) preferred_ = static_cast<std::size_t>(known - paths_.begin());
}

TransportError Lane::named(TransportError error, const DrivePath& path) const {
  error.text = fmt::format("drive {} by {}: {}", id_.text(), path.node, error.text);
  return error;
}

}  // namespace lvm::idm
