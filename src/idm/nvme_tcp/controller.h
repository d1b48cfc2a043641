// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "idm/front/backing.h"
#include "idm/front/front_end.h"
#include "idm/front/mutex_queue.h"
#include "idm/nvme_tcp/wire.h"

// What an NVMe drive with in-drive mutexes does with commands. No socket in here.
namespace lvm::idm::nvme_tcp {

struct Answer {
  std::uint16_t status = kSuccess;  // StatusCode, or what the mutex codec says (idm/nvme/codec.h)
  std::uint64_t result = 0;
  std::vector<std::byte> data;
};
// Called once: at once, or later from the mutex queue.
using Done = std::move_only_function<void(Answer)>;

// Data of a command: a full table of mutexes is read by one.
inline constexpr std::size_t kMostTransfer = 2u << 20;
inline constexpr std::uint16_t kMostQueues = 8, kQueueSize = 128;
inline constexpr std::size_t kInCapsuleSize = 8192;

// The drive, which each host has a controller of.
class Subsystem {
 public:
  // The backing holds the blocks of `facts`, whose id is an EUI of 8 or 16 bytes.
  Subsystem(front::DriveFacts facts, front::Backing backing, front::MutexQueue& mutexes);

  // "nqn.2014-08.org.nvmexpress:uuid:...", made from the id.
  const std::string& name() const { return name_; }
  const front::DriveFacts& facts() const { return facts_; }
  front::MutexQueue& mutexes() { return mutexes_; }

  // Reads, writes and the like.
  Answer run_io(const Submission& command, std::span<const std::byte> data);
  // Identify: of the namespace, whatever controller is asked.
  Answer identify_namespace() const;
  Answer describe_namespace() const;

 private:
  struct Range;

  Answer read(const Submission& command) const;
  Answer write(const Submission& command, std::span<const std::byte> data) const;
  Answer write_zeroes(const Submission& command) const;
  Answer deallocate(const Submission& command, std::span<const std::byte> data) const;
  Answer zero(Range range) const;
  bool contains(Range range) const;

  front::DriveFacts facts_;
  std::string name_;
  front::Backing backing_;
  front::MutexQueue& mutexes_;
};

// One host's view of it: its admin queue's connection makes it, and it ends with that.
class Controller {
 public:
  Controller(Subsystem& subsystem, std::uint16_t id) : subsystem_(subsystem), id_(id) {}

  std::uint16_t id() const { return id_; }
  bool enabled() const { return (configuration_ & 1) != 0; }

  // A command of the admin queue. `done` of one that waits for an event is never called.
  void run_admin(const Submission& command, std::span<const std::byte> data, Time now, Done done);
  // Fabrics' Property Get and Property Set.
  Answer get_property(const Submission& command) const;
  Answer set_property(const Submission& command);

 private:
  Answer run_now(const Submission& command) const;
  Answer identify(const Submission& command) const;
  Answer identify_controller() const;
  Answer log_page(const Submission& command) const;
  Answer set_feature(const Submission& command) const;

  Subsystem& subsystem_;
  std::uint16_t id_;
  std::uint32_t configuration_ = 0;
};

// The controllers that there are, by their ids.
class Controllers {
 public:
  // Null: there is no id left.
  std::shared_ptr<Controller> add(Subsystem& subsystem);
  std::shared_ptr<Controller> find(std::uint16_t id) const;

 private:
  std::map<std::uint16_t, std::weak_ptr<Controller>> controllers_;
};

}  // namespace lvm::idm::nvme_tcp
