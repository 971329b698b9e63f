#include "cmd/submit_lines_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace jobd::cmd {
namespace {

constexpr std::size_t kReadBytes = 256UL << 10;
// Far more than a job of a thousand recipients.
constexpr std::size_t kReplyBytesMax = 64UL << 20;
// What a large email leaves of the buffer.
constexpr std::size_t kKeptBytes = 1UL << 20;
constexpr Duration kConnectPatience{10'000};
constexpr Duration kFirstPause{20};
constexpr Duration kLongestPause{1000};

}  // namespace

bool is_for_later(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

LineConnection::LineConnection(std::vector<std::string> places)
    : places_(std::move(places)), replies_(kReplyBytesMax) {}

Result<Done> LineConnection::open(Time now) {
  auto client = Client::connect(first_socket(places_), kConnectPatience);
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  opens_at_ = now + pause_;
  if (!client) return std::move(client).error();
  client_ = std::move(*client);
  replies_ = LineReader(kReplyBytesMax);
  may_send_ = true;
  quiet_since_ = now;
  return Done{};
}

void LineConnection::send(Time now) {
  while (may_send_ && is_sending()) {
    const ssize_t sent =
        ::send(descriptor(), outgoing_.data() + sent_, outgoing_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && is_for_later(errno)) return;
    may_send_ = sent >= 0;
    sent_ += may_send_ ? static_cast<std::size_t>(sent) : 0;
    quiet_since_ = now;
  }
  if (may_send_ && outgoing_.capacity() <= kKeptBytes) {
    outgoing_.clear();
  } else {
    outgoing_ = std::string();
  }
  sent_ = 0;
}

Result<bool> LineConnection::receive(Time now, const std::function<Result<Done>(std::string_view)>& hear) {
  const auto space = replies_.prepare(kReadBytes);
  const ssize_t got = ::recv(descriptor(), space.data(), space.size(), MSG_DONTWAIT);
  if (got < 0 && is_for_later(errno)) return true;
  if (got <= 0) {
    lose(now);
    return false;
  }
  replies_.commit(static_cast<std::size_t>(got));
  quiet_since_ = now;
  while (const auto line = replies_.next()) {
    const auto heard = hear(*line);
    if (!heard) return heard.error();
    pause_ = {};
  }
  if (replies_.overflowed()) return Error{Code::internal, "jobd's answer is larger than jobctl can take"};
  return true;
}

void LineConnection::lose(Time now) {
  client_.reset();
  outgoing_.clear();
  sent_ = 0;
  if (pause_ == Duration{}) opens_at_ = now;
}

}  // namespace jobd::cmd
