#include <algorithm>
#include <array>

#include "daemon/mail/compose.h"
#include "shared/raw_message.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

constexpr std::size_t kLineBytesMax = 998;  // RFC 5322 2.1.1

void append_digits(std::string& out, unsigned number, std::size_t digits) {
  const std::size_t begin = out.size();
  out.resize(begin + digits);
  for (std::size_t place = begin + digits; place-- > begin; number /= 10) {
    out[place] = static_cast<char>('0' + number % 10);
  }
}

// As Postfix breaks a line that no server need take: its rest goes on after a space, which a header reads as the same.
void add_line(std::string& lines, std::string_view line) {
  std::size_t room = kLineBytesMax;
  while (line.size() > room) {
    std::size_t end = room;
    while (end > room - 4 && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80U) --end;
    ((lines += line.substr(0, end)) += "\r\n ");
    line.remove_prefix(end);
    room = kLineBytesMax - 1;
  }
  lines += line;
}

// CR LF, CR and LF all end a line: whatever a server might take for a line end is one here already.
std::string with_crlf(std::string_view text) {
  std::string lines;
  lines.reserve(text.size() + text.size() / 32 + 2);
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    add_line(lines, text.substr(0, end));
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
  if (message.starts_with("From ")) message.erase(0, message.find("\r\n") + 2);  // of a mailbox file
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
  std::string text = kDays[weekday(date).c_encoding()];
  append_digits(text += ", ", static_cast<unsigned>(ymd.day()), 2);
  ((text += ' ') += kMonths[static_cast<unsigned>(ymd.month()) - 1]) += ' ';
  append_digits(text, static_cast<unsigned>(static_cast<int>(ymd.year())), 4);
  append_digits(text += ' ', static_cast<unsigned>(clock.hours().count()), 2);
  append_digits(text += ':', static_cast<unsigned>(clock.minutes().count()), 2);
  append_digits(text += ':', static_cast<unsigned>(clock.seconds().count()), 2);
  return text += " +0000";
}

std::string message_id(const MessageFacts& facts) {
  return facts.id.text() + "@" + facts.message_id_domain;
}

}  // namespace jobd
