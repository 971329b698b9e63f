#include "daemon/net/http_stream.h"

#include <array>
#include <charconv>

#include "shared/codec.h"
#include "shared/limits.h"

namespace jobd {
namespace {

// How long EventSource waits before it connects again.
constexpr std::string_view kRetry = "retry: 2000\n\n";

std::string event_text(const Event& event) {
  const std::string_view name = event.job ? "job" : "reset";
  const std::string data = event.job ? encode_job(*event.job) : "{}";
  std::string text = "id: " + std::to_string(event.seq) + "\nevent: ";
  text += name;
  text += "\ndata: ";
  text += data;
  text += "\n\n";
  return text;
}

}  // namespace

void HttpStream::begin(std::string_view date, std::string& out) {
  begun_ = true;
  out += http_event_stream(form_, date);
  std::string text = resumes_ ? "" : "id: " + std::to_string(subscription_->seq()) + "\n";
  append(text += kRetry, out);
}

void HttpStream::take_events(std::size_t unread, std::string& out) {
  while (unread + out.size() < limits::kWatchUnwrittenBytes) {
    const std::optional<Event> event = subscription_->next();
    if (!event) break;
    append(event_text(*event), out);
  }
}

void HttpStream::knock(std::string& out) {
  append(":\n\n", out);
}

void HttpStream::end(std::string& out) {
  if (!form_.is_1_0) out += "0\r\n\r\n";
}

void HttpStream::append(std::string_view text, std::string& out) const {
  if (form_.is_1_0) {
    out += text;
    return;
  }
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), text.size(), 16).ptr;
  out.append(size.data(), end);
  out += "\r\n";
  out += text;
  out += "\r\n";
}

}  // namespace jobd
