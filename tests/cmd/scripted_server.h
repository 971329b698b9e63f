// A jobd that says what the test tells it to, on a real Unix socket in a folder of its own.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.h"  // where it listens

namespace jobd::testing {

// A listening Unix socket at that path. Precondition: it can be made. The caller closes it.
int listen_at(const std::string& path);

// A reply after which the connection is closed.
std::string then_close(const std::string& reply);

// Serves each connection in a thread of its own, until it is destroyed; by then all clients must have gone.
class ScriptedServer {
 public:
  // The reply line to a request line, or several, sent at once; nothing: the connection is closed instead. number: from
  // 0, over all connections. Called in the threads of the connections, by one at a time.
  using Answer = std::function<std::optional<std::string>(const std::string& line, std::size_t number)>;

  ScriptedServer(const std::string& path, Answer answer);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // What it was asked so far.
  std::vector<std::string> lines() const;

 private:
  void serve();
  void serve_connection(int descriptor);
  bool answer_line(int descriptor, const std::string& line);

  const int listener_;
  mutable std::mutex mutex_;
  const Answer answer_;                   // guarded by mutex_, as what it refers to may change
  std::vector<std::string> lines_;        // guarded by mutex_
  std::vector<std::thread> connections_;  // the accepting thread's
  std::thread thread_;
};

}  // namespace jobd::testing
