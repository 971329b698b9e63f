// A small SMTP server for tests, on an ephemeral port of the loopback, that does as told at one step.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace jobd::testing {

// One thread serves one connection after another, so a second connection waits until the first has ended.
class ScriptedServer {
 public:
  // What to answer to a command ("EHLO x", ..., "." for the end of DATA, "" for the connection itself). An empty answer
  // closes the connection. accept_all's by default.
  using Script = std::function<std::string(const std::string& command)>;
  explicit ScriptedServer(Script script = accept_all);
  ~ScriptedServer();

  static std::string accept_all(const std::string& command);

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  // So far: every command of every connection, "CONNECT" at the start of one and "CLOSED" when the client has closed it;
  // the contents of DATA as they came.
  std::vector<std::string> commands();
  std::vector<std::string> messages();
  // Until that is among commands(). Without a limit of its own: a test that hangs is ended by ctest.
  void wait_for(const std::string& command);

 private:
  void serve();
  void talk(int connection);
  bool answer(int connection, const std::string& command);
  void note(std::string command);

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable noted_;
  int connection_ = -1;
  bool stopping_ = false;
  std::vector<std::string> commands_;
  std::vector<std::string> messages_;
  std::thread thread_;
};

}  // namespace jobd::testing
