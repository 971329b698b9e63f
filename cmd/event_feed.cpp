#include "cmd/event_feed.h"

#include <algorithm>
#include <utility>

namespace jobd::cmd {
namespace {

// For jobd to take a connection and to answer; events may stay out for ever.
constexpr Duration kPatience{30'000};
constexpr Duration kLongestPause{5'000};
constexpr Duration kPausesMax{60'000};

bool may_pass(const Error& error) {
  return row(error.code).retryable;
}

}  // namespace

EventFeed::EventFeed(std::string socket_path, Watch watch, Outside& outside, std::function<void()> on_lost)
    : socket_path_(std::move(socket_path)), watch_(watch), outside_(outside), on_lost_(std::move(on_lost)) {}

Result<Done> EventFeed::begin() {
  client_.reset();
  auto client = Client::connect(socket_path_, kPatience);
  if (!client) return std::move(client).error();
  auto reply = client->call(watch_);
  if (!reply) return std::move(reply).error();
  if (!reply->result) return std::move(reply->result).error();
  auto watching = decode_watching(*reply->result);
  if (!watching) return std::move(watching).error();
  watch_.after = watching->seq;
  client_ = std::move(*client);
  lost_ = false;
  pauses_ = {};
  next_pause_ = kFirstPause;
  return Done{};
}

Result<EventFeed::Told> EventFeed::next(std::optional<Duration> left) {
  for (;;) {
    if (lost_) {
      auto told = begin_again(left);
      if (!told) return std::move(told).error();
      if (*told) return **std::move(told);
    }
    auto line = client_->receive_at_hand();
    if (!line) {
      if (!may_pass(line.error())) return std::move(line).error();
      lost_ = true;
      on_lost_();
    } else if (!*line) {
      const Woken woken = outside_.wait(client_->descriptor(), left);
      if (woken == Woken::by_time) return Told(Quiet{});
      if (woken == Woken::by_closed_output) return Told(OutputClosed{});
    } else if (auto* event = std::get_if<EventLine>(&**line)) {
      watch_.after = event->seq;
      return Told(std::move(*event));
    }
  }
}

Result<std::optional<EventFeed::Told>> EventFeed::begin_again(std::optional<Duration>& left) {
  for (;;) {
    if (left && *left <= Duration{}) return std::optional<Told>(Quiet{});
    const Duration pause = std::min(next_pause_, left.value_or(next_pause_));
    if (outside_.wait(-1, pause) == Woken::by_closed_output) return std::optional<Told>(OutputClosed{});
    if (left) *left -= pause;
    pauses_ += pause;
    next_pause_ = std::min(next_pause_ * 2, kLongestPause);
    auto begun = begin();
    if (begun) return std::optional<Told>();
    if (!may_pass(begun.error()) || pauses_ >= kPausesMax) return std::move(begun).error();
  }
}

}  // namespace jobd::cmd
