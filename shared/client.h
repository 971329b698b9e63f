// The blocking client of the Unix socket: what jobctl and tests talk to jobd with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/clock.h"
#include "shared/codec.h"
#include "shared/framing.h"
#include "shared/result.h"

namespace jobd {

// One connection. Own thread only. Closes on destruction. Never raises SIGPIPE.
class Client {
 public:
  // patience: how long each step (to connect, to send on, to receive on) may stand still; 0: for ever. Once it has been
  // lost nothing is waited for any more: what has come is still received.
  // Errors: unavailable, with a message that says what to do (no such socket, permission, nobody listening).
  static Result<Client> connect(const std::string& socket_path, Duration patience = {});

  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Sends one request, with an id, and waits for its reply: the next line, so nothing else may be in flight. Errors:
  // unavailable when the connection broke: what became of the request is then unknown. An error that jobd answered is
  // inside the reply, also one that it answered and closed before it had read the whole request (too_large).
  Result<ReplyLine> call(const Request& request);

  // The same in two steps, for many in flight. receive gives replies in the order they come.
  Result<Done> send_line(std::string_view line);
  Result<ReplyLine> receive();

  // For a connection with a watch: the next line that has come, a reply or an event, none while there is no whole
  // one. Never waits; descriptor() can be read when there is more to receive. Errors: receive's.
  Result<std::optional<ServerLine>> receive_at_hand();
  int descriptor() const { return descriptor_; }

  bool lost_patience() const { return lost_patience_; }  // jobd hangs, and another try would wait as long

 private:
  Client(int descriptor, Duration patience);
  bool waits_to_send() const;
  Error lost(int error_number);
  Result<Done> read_more();
  int descriptor_ = -1;
  Duration patience_;
  LineReader reader_;
  std::int64_t calls_ = 0;
  bool lost_patience_ = false;
};

// Why connect(2) failed, and what to do about it. error_number: its errno.
std::string explain_connect_error(const std::string& socket_path, int error_number);

// That of the system's jobd.
inline constexpr std::string_view kSystemSocket = "/run/jobd/jobd.sock";
// Where jobd's socket may be, in the order of preference: given, else $JOBD_SOCKET, else
// $XDG_RUNTIME_DIR/jobd/jobd.sock and /run/jobd/jobd.sock. Never empty.
std::vector<std::string> socket_places(const std::string& given);
// The first that exists, else the last.
std::string first_socket(const std::vector<std::string>& places);

}  // namespace jobd
