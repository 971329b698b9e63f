// A small SMTP server for tests, on an ephemeral port of the loopback, that does as told at one step.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/mail/relay.h"
#include "tests/mail/certificates.h"

namespace jobd::testing {

struct ServerOptions {
  std::string address = "127.0.0.1";  // where it listens
  std::optional<Identity> identity;   // for TLS: after a 220 to STARTTLS, or
  bool implicit_tls = false;          // from the first byte
  bool old_tls = false;               // nothing later than TLS 1.1
};

// One thread for each connection.
class ScriptedServer {
 public:
  // What to answer to a command ("EHLO x", ..., "." for the end of DATA, "" for the connection itself; the lines that
  // follow a 334 too). An empty answer closes the connection, kSilence is none: the next command is read. Called by one
  // thread at a time. accept_all's by default.
  using Script = std::function<std::string(const std::string& command)>;
  static constexpr const char* kSilence = "(silence)";
  explicit ScriptedServer(Script script = accept_all, ServerOptions options = {});
  ~ScriptedServer();

  static std::string accept_all(const std::string& command);
  // accept_all, and EHLO's reply offers these: "PIPELINING", "SIZE 1000".
  static Script offering(std::vector<std::string> extensions);
  // The same, but commands that begin so are answered that way. The empty command is the connection itself.
  static Script but(Script script, std::string command, std::string answer);

  std::uint16_t port() const { return port_; }
  std::string url() const { return "smtp://" + options_.address + ":" + std::to_string(port_); }
  // To it, in plain text and over ten connections, as client.example.com.
  RelaySettings relay() const;

  // So far: every command of every connection, "CONNECT" at the start of one, "TLS" when a handshake has succeeded and
  // "CLOSED" when the client has closed it; the contents of DATA as they came.
  std::vector<std::string> commands();
  std::vector<std::string> messages();
  long count(const std::string& command);
  // From which addresses connections came.
  std::vector<std::string> peers();
  // Handshakes that took up an earlier session.
  int resumed();
  // Until that is among commands(), so many times. Without a limit of its own: a test that hangs is ended by ctest.
  void wait_for(const std::string& command, long times = 1);
  // Closes every connection, as a server that stops.
  void close_all();

 private:
  struct Connection;
  class Wire;

  void serve();
  void talk(Wire& wire);
  bool take_message(Wire& wire);
  bool answer(Wire& wire, const std::string& command, std::string& reply);
  bool secure(Wire& wire);
  void note(std::string command);

  const ServerOptions options_;
  Script script_;
  std::shared_ptr<void> tls_;  // SSL_CTX
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable noted_;
  std::mutex script_mutex_;
  bool stopping_ = false;
  int resumed_ = 0;
  std::vector<std::string> commands_;
  std::vector<std::string> messages_;
  std::vector<std::string> peers_;
  std::list<Connection> connections_;
  std::thread thread_;
};

}  // namespace jobd::testing
