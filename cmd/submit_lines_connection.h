// LineConnection: the connection that a stream of lines goes over, made again each time it is lost.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/client.h"
#include "shared/framing.h"

namespace jobd::cmd {

// Whether this errno says that it goes on later.
bool is_for_later(int error_number);

// Own thread only. Only open() may block, while jobd takes no connections.
class LineConnection {
 public:
  explicit LineConnection(std::vector<std::string> places);

  // Errors: unavailable. It may be tried again at opens_at(): at once after a connection that gave answers, else after
  // longer and longer pauses.
  Result<Done> open(Time now);
  bool is_open() const { return client_.has_value(); }
  Time opens_at() const { return opens_at_; }
  int descriptor() const { return client_ ? client_->descriptor() : -1; }  // for poll

  // What is still to be sent; the caller appends.
  std::string& outgoing() { return outgoing_; }
  bool is_sending() const { return sent_ < outgoing_.size(); }
  // Sends as much as goes without waiting.
  void send(Time now);
  // Hands each line that has come to `hear` and ends with its first error. False: the connection is lost, its last
  // lines heard.
  Result<bool> receive(Time now, const std::function<Result<Done>(std::string_view)>& hear);

  // Since when no byte went either way, or since expect().
  Time quiet_since() const { return quiet_since_; }
  // Something is asked of jobd from now on.
  void expect(Time now) { quiet_since_ = now; }

 private:
  void lose(Time now);

  const std::vector<std::string> places_;
  std::optional<Client> client_;
  LineReader replies_;
  std::string outgoing_;
  std::size_t sent_ = 0;  // of outgoing_
  bool may_send_ = true;  // false: jobd reads no more, what it said before is still to be heard
  Time quiet_since_{};
  Time opens_at_{};
  Duration pause_{};
};

}  // namespace jobd::cmd
