// EventFeed: what a watch tells, over as many connections as it takes.
//
// A connection that is lost is made anew with the last number heard, after longer and longer pauses, a minute of them
// in all: so nothing is told twice, and where jobd has not kept all that came between it says so by a reset.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "cmd/outside.h"
#include "shared/client.h"
#include "shared/requests.h"

namespace jobd::cmd {

// Own thread only.
class EventFeed {
 public:
  struct Quiet {};         // nothing came in time
  struct OutputClosed {};  // there is nobody to tell it to
  using Told = std::variant<EventLine, Quiet, OutputClosed>;

  // on_lost: called when a connection that stood is lost.
  EventFeed(std::string socket_path, Watch watch, Outside& outside, std::function<void()> on_lost);

  // Once, first: from here on all is told. Errors: unavailable, what jobd answered.
  Result<Done> begin();

  // What is told next, within the limit (none: for ever), which the pauses between tries count against. Errors: those
  // of the last try to connect again.
  Result<Told> next(std::optional<Duration> left = std::nullopt);

 private:
  static constexpr Duration kFirstPause{100};

  // None: it goes on, with what is left of the limit.
  Result<std::optional<Told>> begin_again(std::optional<Duration>& left);

  const std::string socket_path_;
  Watch watch_;  // `after`: the last number heard
  Outside& outside_;
  const std::function<void()> on_lost_;
  std::optional<Client> client_;
  bool lost_ = false;  // the connection; then what was waited since:
  Duration pauses_{};
  Duration next_pause_ = kFirstPause;
};

}  // namespace jobd::cmd
