// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/command.h"

#include <cerrno>

#include "idm/transport.h"

namespace lvm::idm {

std::string_view name(Operation operation) {
  switch (operation) {
    case Operation::normal: return "read";
    case Operation::init: return "init";
    case Operation::try_lock: return "try-lock";
    case Operation::lock: return "lock";
    case Operation::unlock: return "unlock";
    case Operation::refresh: return "refresh";
    case Operation::break_lock: return "break";
    case Operation::destroy: return "destroy";
  }
  return "unknown operation";
}

std::string_view name(Status status) {
  switch (status) {
    case Status::good: return "good";
    case Status::conflict: return "conflict";
    case Status::terminated: return "terminated";
    case Status::busy: return "busy";
    case Status::not_found: return "no such mutex";
    case Status::table_full: return "mutex table full";
    case Status::hosts_full: return "host table full";
    case Status::sharers_full: return "too many hosts share the mutex";
    case Status::invalid_operation: return "operation unknown to the drive";
    case Status::failed: return "failed";
    case Status::failed_reverse_owner: return "failed: reverse owner check";
    case Status::failed_state: return "failed: state of the mutex";
    case Status::failed_class: return "failed: class of the mutex";
    case Status::failed_owner: return "failed: owner of the mutex";
  }
  return "unknown status";
}

std::string_view name(TransportError::Kind kind) {
  switch (kind) {
    case TransportError::Kind::unknown_drive: return "unknown drive";
    case TransportError::Kind::no_path: return "no path";
    case TransportError::Kind::unsupported: return "no in-drive mutexes";
    case TransportError::Kind::timed_out: return "timed out";
    case TransportError::Kind::lost: return "lost";
    case TransportError::Kind::malformed: return "malformed answer";
    case TransportError::Kind::permission: return "no permission";
  }
  return "unknown error";
}

int to_errno(Operation operation, Status status) {
  const bool refresh = operation == Operation::refresh, unlock = operation == Operation::unlock;
  switch (status) {
    case Status::good: return 0;
    case Status::conflict: return refresh ? -ETIME : unlock ? -ENOENT : -EBUSY;
    case Status::terminated: return refresh ? -EPERM : unlock ? -EINVAL : -EAGAIN;
    case Status::busy: return -EBUSY;
    case Status::not_found: return -ENOENT;
    case Status::table_full:
    case Status::hosts_full:
    case Status::sharers_full: return -ENOMEM;
    case Status::invalid_operation:
    case Status::failed:
    case Status::failed_reverse_owner:
    case Status::failed_state:
    case Status::failed_class:
    case Status::failed_owner: return -EINVAL;
  }
  return -EINVAL;
}

Operation operation_of(const Command& command) {
  const auto* mutex = std::get_if<MutexCommand>(&command);
  return mutex == nullptr ? Operation::normal : mutex->operation;
}

bool repeatable(const Command& command) {
  const auto* mutex = std::get_if<MutexCommand>(&command);
  return mutex == nullptr || mutex->operation == Operation::refresh;
}

}  // namespace lvm::idm
