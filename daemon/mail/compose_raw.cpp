#include <array>
#include <cstdio>

#include "daemon/mail/compose.h"
#include "shared/raw_message.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

// CR LF, CR and LF all end a line: whatever a server might take for a line end is one here already.
std::string with_crlf(std::string_view text) {
  std::string lines;
  lines.reserve(text.size() + text.size() / 32 + 2);
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    lines += text.substr(0, end);
    if (end == std::string_view::npos) break;
    lines += "\r\n";
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  if (!lines.empty() && !lines.ends_with("\r\n")) lines += "\r\n";
  return lines;
}

bool is_bcc(std::string_view name) {
  return equal_ignoring_case(name, "Bcc") || equal_ignoring_case(name, "Resent-Bcc");
}

}  // namespace

std::string compose_raw(std::string_view raw, const MessageFacts& facts) {
  std::string message = with_crlf(raw);
  bool has_id = false;
  bool has_date = false;
  std::string header;
  std::size_t copied = 0;
  const auto fields = header_fields(message);
  for (const RawField& field : fields) {
    has_id = has_id || equal_ignoring_case(field.name, "Message-ID");
    has_date = has_date || equal_ignoring_case(field.name, "Date");
    if (!is_bcc(field.name)) continue;
    header.append(message, copied, field.begin - copied);
    copied = field.end;
  }
  if (!has_id) header = "Message-ID: <" + message_id(facts) + ">\r\n" + header;
  if (!has_date) header = "Date: " + mail_date(facts.created_at) + "\r\n" + header;
  if (fields.empty() && !message.starts_with("\r\n")) header += "\r\n";
  message.replace(0, copied, header);
  return message;
}

std::string mail_date(Time time) {
  using namespace std::chrono;
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_days date = floor<days>(time);
  const year_month_day ymd(date);
  const hh_mm_ss clock(floor<seconds>(time - date));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000", kDays[weekday(date).c_encoding()],
                static_cast<unsigned>(ymd.day()), kMonths[static_cast<unsigned>(ymd.month()) - 1],
                static_cast<int>(ymd.year()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string message_id(const MessageFacts& facts) {
  return facts.id.text() + "@" + facts.message_id_domain;
}

}  // namespace jobd
