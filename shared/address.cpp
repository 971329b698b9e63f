#include "shared/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "shared/limits.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

Error bad(std::string message) {
  return {Code::invalid_field, std::move(message)};
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<std::uint8_t>(c) >= 0x80;
}

// RFC 5322 atext, with UTF-8 (RFC 6531).
bool is_atext(char c) {
  return is_letter_or_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) { return c == '.' || is_atext(c); });
}

// "..." with qtext and quoted pairs, to the closing quote at the very end.
bool is_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  const std::string_view inside = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '"') return false;
    if (inside[i] == '\\' && ++i == inside.size()) return false;
  }
  return true;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return c == '-' || is_letter_or_digit(c); });
}

bool is_domain(std::string_view domain) {
  while (true) {
    const std::size_t dot = domain.find('.');
    if (!is_label(domain.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

// [192.0.2.1] and [IPv6:2001:db8::1] (RFC 5321 4.1.3).
bool is_literal(std::string_view domain) {
  if (domain.size() < 3 || domain.front() != '[' || domain.back() != ']') return false;
  const std::string inside(domain.substr(1, domain.size() - 2));
  constexpr std::string_view kTag = "IPv6:";
  in6_addr ignored{};
  if (equal_ignoring_case(std::string_view(inside).substr(0, kTag.size()), kTag)) {
    return ::inet_pton(AF_INET6, inside.c_str() + kTag.size(), &ignored) == 1;
  }
  return ::inet_pton(AF_INET, inside.c_str(), &ignored) == 1;
}

// Where the @s outside quoted strings are.
struct Ats {
  std::size_t count = 0;
  std::size_t last = 0;
};
Ats find_ats(std::string_view text) {
  Ats ats;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '@' && !quoted) {
      ++ats.count;
      ats.last = i;
    }
  }
  return ats;
}

std::string unquote(std::string_view name) {
  if (!is_quoted_string(name)) return std::string(name);
  std::string out;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    out += name[i];
  }
  return out;
}

}  // namespace

Result<std::string> check_address(std::string_view text) {
  if (text.empty()) return bad("is empty; give an address like user@example.com");
  if (text.size() > limits::kAddressBytes) {
    return bad("is longer than " + std::to_string(limits::kAddressBytes) + " bytes");
  }
  if (!is_utf8(text)) return bad("is not UTF-8");
  if (has_control(text)) return bad("contains a control character");
  if (has_disguise(text))
    return bad("contains a character that is not seen for what it is, such as a space of another kind");
  const Ats ats = find_ats(text);
  if (ats.count > 1) return bad("has more than one @");
  if (ats.count == 0) return bad("has no @ and domain; give an address like user@example.com");
  const std::string_view local = text.substr(0, ats.last);
  const std::string_view domain = text.substr(ats.last + 1);
  if (local.empty()) return bad("has nothing before the @");
  if (local.size() > limits::kLocalPartBytes) {
    return bad("has more than " + std::to_string(limits::kLocalPartBytes) + " bytes before the @");
  }
  if (domain.empty()) return bad("has no domain after the @");
  if (!is_dot_atom(local) && !is_quoted_string(local)) return bad("has characters before the @ that must be quoted");
  if (!is_domain(domain) && !is_literal(domain)) return bad("has a domain that is none");
  return std::string(text);
}

Result<Mailbox> parse_mailbox(std::string_view text) {
  text = trim(text);
  if (!text.ends_with('>')) {
    Result<std::string> address = check_address(text);
    if (!address) return std::move(address).error();
    return Mailbox{"", *std::move(address)};
  }
  bool quoted = false;
  std::size_t open = std::string_view::npos;
  for (std::size_t i = 0; i < text.size() && open == std::string_view::npos; ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '<' && !quoted) {
      open = i;
    }
  }
  if (open == std::string_view::npos) return bad("has a > without a <");
  const std::string_view name = trim(text.substr(0, open));
  if (!is_utf8(name)) return bad("has a name that is not UTF-8");
  if (has_control(name)) return bad("has a control character in its name");
  Result<std::string> address = check_address(text.substr(open + 1, text.size() - open - 2));
  if (!address) return std::move(address).error();
  return Mailbox{unquote(name), *std::move(address)};
}

std::vector<std::string_view> split_mailbox_list(std::string_view text) {
  std::vector<std::string_view> out;
  bool quoted = false;
  bool in_angle = false;
  bool has_at = false;  // since begin
  std::size_t begin = 0;
  const auto begin_at = [&](std::size_t at) {
    begin = at;
    has_at = false;
  };
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (i + 1 < text.size() && quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '@') {
      has_at = true;
    } else if (c == '<' && !quoted) {
      in_angle = true;
    } else if (c == '>' && !quoted) {
      in_angle = false;
    } else if (c == ':' && !quoted && !in_angle && !has_at) {
      begin_at(i + 1);  // behind a group's name
    } else if (i >= text.size() || ((c == ',' || c == ';') && !quoted && !in_angle)) {
      const std::string_view one = trim(text.substr(begin, std::min(i, text.size()) - begin));
      begin_at(i + 1);
      if (!one.empty()) out.push_back(one);
    }
  }
  return out;
}

Result<std::vector<Mailbox>> parse_mailbox_list(std::string_view text) {
  std::vector<Mailbox> out;
  for (const std::string_view one : split_mailbox_list(text)) {
    Result<Mailbox> mailbox = parse_mailbox(one);
    if (!mailbox)
      return bad("\"" + std::string(one.substr(0, limits::kAddressBytes)) + "\" " + mailbox.error().message);
    out.push_back(*std::move(mailbox));
  }
  return out;
}

}  // namespace jobd
