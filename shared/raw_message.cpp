#include "shared/raw_message.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "shared/address.h"
#include "shared/limits.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view without_end(std::string_view line) {
  return line.substr(0, line.find_first_of("\r\n"));
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// In front of the ":" may be blanks, as once they could (RFC 5322 4.5).
std::string_view field_name(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || is_blank(line.front())) return {};
  const std::string_view name = trim(line.substr(0, colon));
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127; }) ? name : std::string_view();
}

std::size_t begin_of_header(std::string_view message) {
  const std::size_t size = message.size();
  while (true) {
    if (message.starts_with(kByteOrderMark)) {
      message.remove_prefix(kByteOrderMark.size());
    } else if (message.starts_with("From ") || message.starts_with(">From ")) {
      take_line(message);
    } else {
      return size - message.size();
    }
  }
}

// None: one of them, or a quoted string, has no end, and nobody can tell what stands in it.
std::optional<std::string> without_comments(std::string_view value) {
  std::string out;
  bool quoted = false;
  int open = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool is_pair = c == '\\' && (quoted || open > 0) && i + 1 < value.size();
    if (open == 0 && c == '"') quoted = !quoted;
    if (!quoted && c == '(') ++open;
    if (open == 0) out.append(value, i, is_pair ? 2 : 1);
    if (open > 0 && !is_pair && c == ')') --open;
    if (is_pair) ++i;
  }
  return open == 0 && !quoted ? std::optional(std::move(out)) : std::nullopt;
}

// Of "Name <a@b>" where the name cannot be told: none for anything else that is wrong.
std::optional<std::string_view> address_behind_bad_name(std::string_view mailbox) {
  const std::size_t angle = mailbox.find('<');
  if (angle == std::string_view::npos || angle != mailbox.rfind('<') || !mailbox.ends_with('>')) return std::nullopt;
  const std::string_view name = mailbox.substr(0, angle);
  if (is_utf8(name) && !has_control(name)) return std::nullopt;
  return mailbox.substr(angle);
}

}  // namespace

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find_first_of("\r\n");
  const std::size_t length =
      end == std::string_view::npos ? text.size() : end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
  const std::string_view line = text.substr(0, length);
  text.remove_prefix(length);
  return line;
}

RawHeader read_header(std::string_view message) {
  RawHeader header;
  header.begin = header.end = begin_of_header(message);
  for (std::string_view rest = message.substr(header.begin); !rest.empty();) {
    const std::string_view line = without_end(take_line(rest));
    const std::size_t end = message.size() - rest.size();
    const bool continues = !header.fields.empty() && !line.empty() && is_blank(line.front());
    if (continues) {
      RawField& last = header.fields.back();
      (last.value += ' ') += trim(line);
      last.end = end;
    } else if (const std::string_view name = field_name(line); !name.empty()) {
      header.fields.push_back({name, std::string(trim(line.substr(line.find(':') + 1))), header.end, end});
    } else {
      break;
    }
    header.end = end;
  }
  return header;
}

std::vector<std::string> RawHeader::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const RawField& field : fields) {
    if (equal_ignoring_case(field.name, name)) found.push_back(field.value);
  }
  return found;
}

Result<std::vector<Mailbox>> mailboxes_of(std::string_view value) {
  std::vector<Mailbox> mailboxes;
  const std::optional<std::string> list = without_comments(value);
  if (!list) return Error{Code::invalid_field, "a comment or a quoted string has no end"};
  for (const std::string_view one : split_mailbox_list(*list)) {
    Result<Mailbox> mailbox = parse_mailbox(one);
    const auto address = mailbox ? std::nullopt : address_behind_bad_name(one);
    if (address) mailbox = parse_mailbox(*address);
    if (!mailbox) {
      return Error{Code::invalid_field,
                   '"' + std::string(one.substr(0, limits::kAddressBytes)) + "\" " + mailbox.error().message};
    }
    // One that the parameters would not take: what is kept must be readable again.
    if (mailbox->name.size() > limits::kHeaderBytes) mailbox->name.clear();
    mailboxes.push_back(*std::move(mailbox));
  }
  return mailboxes;
}

}  // namespace jobd
