#include <algorithm>
#include <array>
#include <cstdint>

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

enum class Where : std::uint8_t { header, body };

// Where a line that no server need take is broken. A header's before a blank, if there is one far enough on: it reads
// as the same then.
std::size_t break_of(std::string_view line, std::size_t room, Where where) {
  const std::size_t blank = where == Where::header ? line.find_last_of(" \t", room) : std::string_view::npos;
  if (blank != std::string_view::npos && blank > room / 2) return blank;
  std::size_t end = room;
  while (end > room - 4 && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80U) --end;
  return end;
}

// As Postfix breaks them: the rest goes on after a space.
void add_line(std::string& lines, std::string_view line, Where where) {
  std::size_t room = kLineBytesMax;
  while (line.size() > room) {
    const std::size_t end = break_of(line, room, where);
    lines += line.substr(0, end);
    line.remove_prefix(end);
    const bool goes_on = line.front() == ' ' || line.front() == '\t';
    lines += where == Where::header && goes_on ? "\r\n" : "\r\n ";
    room = where == Where::header && goes_on ? kLineBytesMax : kLineBytesMax - 1;
  }
  lines += line;
}

// CR LF, CR and LF all end a line: whatever a server might take for a line end is one here already.
void add_lines(std::string& lines, std::string_view text, Where where) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    add_line(lines, line.substr(0, line.find_first_of("\r\n")), where);
    lines += "\r\n";
  }
}

// What Postfix drops too: other recipients' business, and what was true of the message where it lay before.
bool stays(const RawField& field) {
  constexpr std::array<std::string_view, 4> kDropped = {"Bcc", "Resent-Bcc", "Return-Path", "Content-Length"};
  return std::ranges::none_of(kDropped,
                              [&](std::string_view dropped) { return equal_ignoring_case(field.name, dropped); });
}

// Of what was taken when lines that are no fields could stand in a header: a Bcc behind one is nobody's to read still.
void add_rest_of_header(std::string& message, std::string_view& rest) {
  while (!rest.empty() && rest.front() != '\r' && rest.front() != '\n') {
    add_lines(message, take_line(rest), Where::body);
    const RawHeader more = read_header(rest);
    add_lines(message, rest.substr(0, more.begin), Where::body);
    for (const RawField& field : more.fields) {
      if (stays(field)) add_lines(message, rest.substr(field.begin, field.end - field.begin), Where::body);
    }
    rest.remove_prefix(more.end);
  }
}

}  // namespace

std::string compose_raw(std::string_view raw, const MessageFacts& facts) {
  const RawHeader header = read_header(raw);
  std::string message;
  message.reserve(raw.size() + raw.size() / 32 + 200);
  if (header.values("Date").empty()) message += "Date: " + mail_date(facts.created_at) + "\r\n";
  if (header.values("Message-ID").empty()) message += "Message-ID: <" + message_id(facts) + ">\r\n";
  for (const RawField& field : header.fields) {
    if (stays(field)) add_lines(message, raw.substr(field.begin, field.end - field.begin), Where::header);
  }
  std::string_view body = raw.substr(header.end);
  if (body.empty()) return message;
  message += "\r\n";
  if (body.front() == '\r' || body.front() == '\n') {
    take_line(body);
  } else {
    add_rest_of_header(message, body);
  }
  add_lines(message, body, Where::body);
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
