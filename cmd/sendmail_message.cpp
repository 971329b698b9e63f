#include "cmd/sendmail_message.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <fstream>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "cmd/sendmail_addresses.h"
#include "shared/address.h"
#include "shared/base64.h"
#include "shared/raw_message.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

constexpr std::array<std::string_view, 13> kAddressFields{
    "From",          "Sender",          "Reply-To",  "To",        "Cc",         "Bcc",      "Resent-From",
    "Resent-Sender", "Resent-Reply-To", "Resent-To", "Resent-Cc", "Resent-Bcc", "Errors-To"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [name](std::string_view each) { return equal_ignoring_case(name, each); });
}

// UTF-8 as RFC 2047 has it: words of 75 characters at most, none of them ending inside a character.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t kWordBytes = 45;
  std::string out;
  while (!text.empty()) {
    std::size_t end = std::min(kWordBytes, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    out += (out.empty() ? "=?utf-8?B?" : "\n =?utf-8?B?") + encode_base64(text.substr(0, end)) + "?=";
    text.remove_prefix(end);
  }
  return out;
}

// A name before an address (RFC 5322, RFC 2047).
std::string phrase(const std::string& name) {
  const bool is_plain = std::ranges::all_of(name, [](char c) { return c >= ' ' && c < 127; });
  if (!is_plain) return encoded_words(name);
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

Refusal bad_data(const std::string& message) {
  return {kBadData, message};
}

class Composer {
 public:
  Composer(const SendMail& options, std::string message, const Account& account)
      : options_(options), account_(account), message_(std::move(message)) {}

  std::variant<SubmitEmail, Refusal> compose() {
    if (auto refusal = take_sender()) return *std::move(refusal);
    if (auto refusal = take_recipients()) return *std::move(refusal);
    separate_header();
    if (auto refusal = go_through_header()) return *std::move(refusal);
    if (submit_.email.to.empty()) {
      return options_.recipients_from_header
                 ? bad_data("no recipients: the message has none in To, Cc and Bcc")
                 : Refusal{kUsage, "no recipients: name them, or give -t and let the message name them"};
    }
    if (!submit_.email.from) add_author();
    submit_.dsn = options_.dsn;
    if (submit_.dsn.ret != Dsn::Return::unsaid && !submit_.dsn.notify()) {
      submit_.dsn.failure = submit_.dsn.delay = true;  // -R alone is about what comes unasked
    }
    submit_.email.raw = header_ + message_.substr(copied_);
    return std::move(submit_);
  }

 private:
  std::optional<Refusal> take_sender() {
    if (!options_.envelope_from) return std::nullopt;
    if (has_control(*options_.envelope_from)) return bad_data("-f has a control character");
    const std::string_view given = trim(*options_.envelope_from);
    if (given.empty() || given == "<>") {
      submit_.envelope_from = "";
      return std::nullopt;
    }
    const Result<Qualified> sender = qualify(given, account_.domain);
    if (!sender) return bad_data("-f: " + sender.error().message);
    if (sender->addresses.size() != 1) return bad_data("-f must be one address");
    submit_.envelope_from = sender->addresses.front();
    return std::nullopt;
  }

  std::optional<Refusal> take_recipients() {
    for (const std::string& argument : options_.recipients) {
      if (has_control(argument)) return bad_data("a recipient has a control character");
      if (auto refusal = add_recipients(argument)) return refusal;
    }
    return std::nullopt;
  }

  std::optional<Refusal> add_recipients(std::string_view list) {
    Result<Qualified> found = qualify(list, account_.domain);
    if (!found) return bad_data("a recipient is wrong: " + found.error().message);
    for (std::string& address : found->addresses) submit_.email.to.push_back({"", std::move(address)});
    return std::nullopt;
  }

  // Without what stands before it; with an empty line behind it.
  void separate_header() {
    message_.erase(0, read_header(message_).begin);
    std::size_t end = read_header(message_).end;
    if (end > 0 && message_[end - 1] != '\n' && message_[end - 1] != '\r') {
      message_ += '\n';
      end = message_.size();
    }
    const std::string_view rest = std::string_view(message_).substr(end);
    if (!rest.starts_with('\n') && !rest.starts_with('\r')) message_.insert(end, "\n");
  }

  std::optional<Refusal> go_through_header() {
    const std::vector<RawField> fields = read_header(message_).fields;
    constexpr std::array<std::string_view, 3> kRecipients{"To", "Cc", "Bcc"};
    constexpr std::array<std::string_view, 3> kResent{"Resent-To", "Resent-Cc", "Resent-Bcc"};
    const bool is_resent =
        std::ranges::any_of(fields, [&](const RawField& field) { return is_one_of(field.name, kResent); });
    for (const RawField& field : fields) {
      if (!is_one_of(field.name, kAddressFields)) continue;
      const bool names_recipients =
          options_.recipients_from_header && is_one_of(field.name, is_resent ? kResent : kRecipients);
      if (names_recipients) {
        if (auto refusal = add_recipients(field.value)) return refusal;
      }
      if (equal_ignoring_case(field.name, "From")) take_author(field);
      qualify_field(field);
    }
    return std::nullopt;
  }

  // What is no address stays as it is.
  void qualify_field(const RawField& field) {
    const std::size_t begin = message_.find(':', field.begin) + 1;
    const Result<Qualified> value =
        qualify(std::string_view(message_).substr(begin, field.end - begin), account_.domain);
    if (!value) return;
    header_.append(message_, copied_, begin - copied_);
    header_ += value->text;
    copied_ = field.end;
  }

  void take_author(const RawField& field) {
    if (submit_.email.from) return;
    const Result<Qualified> value = qualify(field.value, account_.domain);
    if (value && !value->addresses.empty()) {
      const auto named = parse_mailbox_list(value->text);
      submit_.email.from = named && !named->empty() && named->front().name.size() <= limits::kHeaderBytes
                               ? named->front()
                               : Mailbox{"", value->addresses.front()};
    } else {
      submit_.email.from = own_mailbox();
    }
  }

  Mailbox own_mailbox() const {
    const bool is_said = submit_.envelope_from && !submit_.envelope_from->empty();
    return {is_utf8(options_.full_name) && !has_control(options_.full_name) ? options_.full_name : "",
            is_said ? *submit_.envelope_from : account_.user + '@' + account_.domain};
  }

  void add_author() {
    const Mailbox author = own_mailbox();
    header_.insert(
        0,
        "From: " + (author.name.empty() ? author.address : phrase(author.name) + " <" + author.address + ">") + "\n");
    submit_.email.from = author;
  }

  const SendMail& options_;
  const Account& account_;
  std::string message_;
  std::string header_;      // what is made anew of it
  std::size_t copied_ = 0;  // of message_
  SubmitEmail submit_;
};

}  // namespace

Account account_here() {
  Account out;
  const passwd* user = ::getpwuid(::getuid());
  out.user = user != nullptr ? user->pw_name : "user" + std::to_string(::getuid());
  std::ifstream mail_name("/etc/mailname");
  std::getline(mail_name, out.domain);
  out.domain = trim(out.domain);
  const auto is_domain = [](const std::string& text) { return check_address("x@" + text).ok(); };
  if (is_domain(out.domain)) return out;
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) out.domain = host.data();
  if (!is_domain(out.domain)) out.domain = "localhost";
  return out;
}

std::variant<std::string, Refusal> read_message(std::istream& in, bool a_dot_is_text, std::size_t bytes_max) {
  std::string message;
  std::size_t line_begin = 0;
  const auto is_dot = [&] {
    const std::string_view line = std::string_view(message).substr(line_begin);
    return !a_dot_is_text && (line == ".\n" || line == ".\r\n" || line == ".");
  };
  for (char c = 0; in.get(c);) {
    if (c == '\0') continue;
    message += c;
    if (message.size() > bytes_max) return Refusal{kBadData, "the message is too large for an email"};
    if (c != '\n') continue;
    if (is_dot()) break;
    line_begin = message.size();
  }
  if (in.bad()) return Refusal{kNoInput, "cannot read the message from standard input"};
  if (is_dot()) message.resize(line_begin);
  return message;
}

std::variant<SubmitEmail, Refusal> compose_sendmail(const SendMail& options, std::string message,
                                                    const Account& account) {
  return Composer(options, std::move(message), account).compose();
}

}  // namespace jobd::cmd
