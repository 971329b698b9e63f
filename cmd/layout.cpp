#include "cmd/layout.h"

#include <algorithm>
#include <array>

#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kLabelColumns = 10;
constexpr std::size_t kSecondBytes = 19;

}  // namespace

std::string padded(std::string text, std::size_t columns) {
  const std::size_t used = width(text);
  if (used < columns) text.append(columns - used, ' ');
  return text;
}

void line(std::string& out, std::string_view label, const std::string& value) {
  out += padded(std::string(label), kLabelColumns) + ' ' + value + '\n';
}

std::string to_second(Time time) {
  std::string text = format_time(time).substr(0, kSecondBytes);
  text[10] = ' ';
  return text;
}

std::string distance(Time time, Time now) {
  if (time > now) return "in " + describe_duration(time - now);
  return now - time < std::chrono::seconds(1) ? "now" : describe_duration(now - time) + " ago";
}

std::string moment(Time time, Time now) {
  return to_second(time) + " UTC (" + distance(time, now) + ")";
}

std::string grouped(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, 1, ',');
  return out;
}

std::string count_of(std::uint64_t count, std::string_view what) {
  return grouped(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string bytes_of(std::uint64_t count) {
  if (count < 1024) return count_of(count, "byte");
  constexpr std::array<const char*, 4> kUnits{" KiB", " MiB", " GiB", " TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = count * 10 / 1024;
  for (; tenths >= 10240 && unit + 1 < kUnits.size(); ++unit) tenths /= 1024;
  const std::string rest = tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10);
  return std::to_string(tenths / 10) + rest + kUnits.at(unit);
}

std::string with_codes(int smtp_code, const std::string& enhanced_code, const std::string& text) {
  const std::string code = smtp_code == 0 ? "" : std::to_string(smtp_code);
  std::string out;
  if (!code.empty() && text.find(code) == std::string::npos) out = code + ' ';
  if (!enhanced_code.empty() && text.find(enhanced_code) == std::string::npos) out += enhanced_code + ' ';
  return printable(out + text);
}

std::size_t delivered(const Job& job) {
  return static_cast<std::size_t>(std::ranges::count(job.recipients, RecipientStatus::delivered, &Recipient::status));
}

Route route_of(const Job& job) {
  if (job.history.empty()) return Route::relay;
  const std::string& relay = job.history.back().relay;
  return relay.starts_with("maildir:")    ? Route::maildir
         : relay.starts_with("simulate:") ? Route::simulate
                                          : Route::relay;
}

Color color_of(JobStatus status) {
  switch (status) {
    case JobStatus::completed: return Color::green;
    case JobStatus::failed: return Color::red;
    case JobStatus::held: return Color::yellow;
    case JobStatus::pending:
    case JobStatus::processing:
    case JobStatus::cancelled: return Color::none;
  }
  return Color::none;
}

Color color_of(RecipientStatus status) {
  switch (status) {
    case RecipientStatus::delivered: return Color::green;
    case RecipientStatus::failed: return Color::red;
    case RecipientStatus::uncertain: return Color::yellow;
    case RecipientStatus::pending: return Color::none;
  }
  return Color::none;
}

Color color_of_relay(std::string_view state) {
  if (state == "open") return Color::green;
  return state == "down" || state == "auth" ? Color::red : Color::yellow;
}

std::string painted(const Screen& screen, Color color, const std::string& text) {
  constexpr std::array<const char*, 5> kCodes{"", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[2m"};
  if (!screen.color || color == Color::none || text.empty()) return text;
  return kCodes.at(static_cast<std::size_t>(color)) + text + "\x1b[0m";
}

}  // namespace jobd::cmd
