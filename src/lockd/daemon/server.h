// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "lockd/core.h"
#include "lockd/daemon/log.h"
#include "lockd/daemon/thread_executor.h"
#include "message/message.h"

namespace lvm::lockd {

struct ServerOptions {
  std::string socket_path = "/run/lvm/lvmlockd.socket";
  std::string pid_path = "/run/lvmlockd.pid";
  std::string adopt_path = "/run/lvm/lvmlockd.adopt";
  Log::Level syslog = Log::Level::warning;
  bool log_on_stderr = false;
  bool adopt = false;
  CoreOptions core;
};

// The daemon's loop: the socket, the core, results of lock managers, signals. One thread; lock managers have theirs.
class Server {
 public:
  // Code::busy: another daemon runs.
  static Result<std::unique_ptr<Server>> make(const ServerOptions& options,
                                              std::vector<std::unique_ptr<Manager>> managers);
  ~Server();
  // `ready` is called when clients may come. Until SIGTERM or a quit request, and no lockspace is left.
  Result<> run(const std::function<void()>& ready);

 private:
  struct Peer {
    Fd fd;
    ClientId client = 0;
    message::Framer input{1 << 20};
    std::string output;
    bool waits = false;  // for an answer of the core
    bool ends = false;   // when its output is sent
    bool ended = false;
    std::string dump;  // datagrams to be sent behind the reply
  };
  explicit Server(const ServerOptions& options) : options_(options), log_(options.syslog, options.log_on_stderr) {}
  Result<> start(std::vector<std::unique_ptr<Manager>> managers);
  Result<> listen();
  Result<> take_pid_file();
  void adopt();
  void finish_adoption(const std::vector<std::string>& problems);
  void say(Log::Level level, const std::string& text) { log_.add(level, text); }
  int poll_timeout();
  void accept_one();
  void read_peer(int number, Peer& peer);
  void serve(int number, std::string body);
  void answer(int number, const Request& request, const Reply& reply);
  void refuse(Peer& peer, const std::string& reason);
  void write_peer(Peer& peer);
  void drop_ended();
  void send_dump(const std::string& dump);
  void write_adopt_file();

  ServerOptions options_;
  Log log_;
  Fd pid_file_, listener_, signals_;
  ThreadExecutor executor_;
  std::unique_ptr<Core> core_;
  std::map<int, Peer> peers_;
  bool stopping_ = false, adopting_ = false, bound_ = false;
  std::uint64_t adopt_updates_ = 0;
};

}  // namespace lvm::lockd
