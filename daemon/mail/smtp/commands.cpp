#include "daemon/mail/smtp/commands.h"

#include <algorithm>

#include "daemon/mail/idn.h"
#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

// RFC 3461 4.2 and 4.4.
constexpr std::size_t kOrcptBytesMax = 500;
constexpr std::size_t kEnvidBytesMax = 100;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Spaces and brackets stand in quotes only.
bool stays_in_brackets(std::string_view address) {
  bool quoted = false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return false;
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++i;
    if (!quoted && (c == ' ' || c == '<' || c == '>')) return false;
    if (i < address.size() && static_cast<unsigned char>(address[i]) < ' ') return false;
  }
  return !quoted;
}

void add_word(std::string& words, std::string_view word) {
  if (!words.empty()) words += ',';
  words += word;
}

std::string notify_words(const Dsn& dsn) {
  if (dsn.never) return "NEVER";
  std::string words;
  if (dsn.success) add_word(words, "SUCCESS");
  if (dsn.failure) add_word(words, "FAILURE");
  if (dsn.delay) add_word(words, "DELAY");
  return words;
}

}  // namespace

WireAddress wire_address(std::string_view address) {
  if (!is_utf8(address) || !stays_in_brackets(address)) {
    return {"", false, "has something in it that cannot stand in an SMTP command"};
  }
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return {std::string(address), !is_ascii(address), nullptr};
  const std::string_view local = address.substr(0, at);
  const auto domain = domain_in_ascii(address.substr(at + 1));
  if (!domain) return {"", false, "has a domain that is no possible name"};
  return {std::string(local) + "@" + *domain, !is_ascii(local), nullptr};
}

std::string mail_command(const Mail& mail, const WireAddress& sender, MailParameters parameters,
                         const Extensions& offered) {
  std::string line = "MAIL FROM:<" + sender.text + ">";
  if (offered.size) line += " SIZE=" + std::to_string(mail.message.size());
  if (parameters.body_8bit) line += " BODY=8BITMIME";
  if (parameters.utf8) line += " SMTPUTF8";
  if (offered.dsn) {
    if (mail.dsn.ret == Dsn::Return::full) line += " RET=FULL";
    if (mail.dsn.ret == Dsn::Return::headers) line += " RET=HDRS";
    const bool asked = mail.dsn.notify() || mail.dsn.ret != Dsn::Return::unsaid;
    const std::string id = asked ? xtext(mail.envelope_id) : "";
    if (!id.empty() && id.size() <= kEnvidBytesMax) line += " ENVID=" + id;
  }
  return line + "\r\n";
}

std::string rcpt_command(const Mail& mail, const WireAddress& recipient, const Extensions& offered) {
  std::string line = "RCPT TO:<" + recipient.text + ">";
  if (offered.dsn && mail.dsn.notify()) {
    line += " NOTIFY=" + notify_words(mail.dsn);
    const std::string original = xtext(recipient.text);
    if (!recipient.needs_utf8 && original.size() <= kOrcptBytesMax) line += " ORCPT=rfc822;" + original;
  }
  return line + "\r\n";
}

std::string xtext(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f && c != '+' && c != '=') {
      out += c;
    } else {
      out += {'+', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace jobd::smtp
