#include "daemon/mail/judge_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

using Meaning = std::variant<Verdict, Trouble>;

// All that is said must hold. Phrases are in small letters.
struct Row {
  int code;                   // 4 or 5: any of that class
  std::string_view enhanced;  // empty: any
  std::string_view phrase;    // empty: any
  Meaning meaning;
  std::string_view begins = "";  // with which the text begins
};

constexpr std::array kRows = {
    // Amazon SES: docs.aws.amazon.com/ses, "SMTP response codes returned by Amazon SES", "Errors related to the sending
    // quotas". Its daily quota is a rolling 24 hours. "Email address is not verified" is of the message, 554 as it is.
    Row{454, "", "daily message quota exceeded", Trouble::quota},
    Row{4, "", "maximum sending rate", Trouble::pacing},
    Row{4, "", "sending rate exceeded", Trouble::pacing},
    Row{454, "", "throttling failure", Trouble::pacing},
    Row{554, "", "sending paused for this account", Trouble::auth},
    Row{535, "", "account not subscribed to ses", Trouble::auth},

    // Gmail and Google Workspace: support.google.com/a/answer/3726730, "Gmail SMTP errors and codes".
    Row{550, "5.4.5", "", Trouble::quota},  // "Daily user sending limit exceeded", "Daily SMTP relay limit exceeded"
    Row{550, "", "daily smtp relay limit exceeded", Trouble::quota},
    Row{5, "", "daily sending quota exceeded", Trouble::quota},
    Row{421, "4.7.28", "", Trouble::pacing},
    Row{421, "", "unusual rate of unsolicited mail", Trouble::pacing},
    Row{450, "", "peak smtp relay limit exceeded", Trouble::pacing},
    Row{454, "", "too many login attempts", Trouble::pacing},
    Row{550, "", "invalid credentials for relay", Trouble::auth},

    // Microsoft 365: learn.microsoft.com/exchange, "SMTP AUTH client submission" (aka.ms/concurrent_sending),
    // "Continuous error throttling for SMTP AUTH submissions", "Email non-delivery reports in Exchange Online".
    // "SendAsDenied" (554 5.2.252) and "does not have permissions to send as this sender" (550 5.7.60) are of the
    // message, as their class says.
    Row{432, "4.3.2", "recipient thread limit", Verdict::temporary},
    Row{432, "4.3.2", "concurrent connections limit", Trouble::closing},
    Row{432, "4.3.2", "", Trouble::pacing},
    Row{421, "4.4.2", "message submission rate", Trouble::pacing},
    Row{4, "4.7.500", "", Trouble::pacing},  // "Server busy. Please try again later"
    Row{5, "", "sender throttled due to continuous", Trouble::quota},
    Row{5, "5.7.705", "", Trouble::quota},  // "tenant has exceeded threshold"
    Row{550, "5.1.8", "bad outbound sender", Trouble::auth},
    Row{5, "5.7.708", "traffic not accepted from this ip", Trouble::auth},
    Row{5, "5.7.750", "", Trouble::auth},  // "Client blocked from sending from unregistered domains"
    Row{5, "5.7.57", "", Trouble::auth},   // "Client not authenticated to send mail"

    // Mailgun: help.mailgun.com, "Why are my emails not sending", and reports of its users. A sandbox domain's
    // "authorized recipients" are of that recipient; the rest of "is not allowed to send" is of the account.
    Row{4, "", "recipient limit", Trouble::quota,
        "domain "},  // "recipient limit exceeded, try again after Wed, 05 Aug 2026 ..."
    Row{4, "", "add the address to", Verdict::permanent, "domain "},
    Row{4, "", "is not allowed to send", Trouble::auth, "domain "},
    Row{5, "", "is not allowed to send: account disabled", Trouble::auth},

    // Anybody: RFC 4954 section 6, RFC 3207 section 4. We came in without what this server wants of all its clients.
    Row{530, "", "starttls", Trouble::tls},
    Row{538, "", "", Trouble::tls},
    Row{530, "", "", Trouble::auth},
    Row{503, "", "send auth command first", Trouble::auth},  // so some say it

    // RFC 5321 4.5.3.1.10: too many recipients is 452, and 552 from servers that follow RFC 821.
    Row{552, "", "too many recipients", Verdict::temporary},
};

// "host mx.example.com said: 550 ...": a relay that hands on what was said to it.
bool quotes_another_server(std::string_view text) {
  return text.find(" said:") != std::string_view::npos;
}

// Behind an address words are about that address.
bool has_phrase(const Row& row, std::string_view text) {
  const std::size_t at = text.find(row.phrase);
  if (at == std::string_view::npos || !text.starts_with(row.begins)) return false;
  const bool about_the_relay = std::holds_alternative<Trouble>(row.meaning) && row.enhanced.empty();
  return !about_the_relay || text.substr(0, at).find_first_of("<@") == std::string_view::npos;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters and digits, and what binds times: "00:05:00".
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  const auto binds = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == ':'; };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    while (i < text.size() && binds(text[i])) ++i;
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    if (i == begin) ++i;
  }
  return words;
}

std::optional<std::int64_t> number(std::string_view digits) {
  if (digits.empty() || digits.size() > 7 || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

std::optional<std::chrono::seconds> unit(std::string_view word) {
  using namespace std::chrono_literals;
  if (word == "s" || word == "sec" || word == "secs" || word == "second" || word == "seconds") return 1s;
  if (word == "m" || word == "min" || word == "mins" || word == "minute" || word == "minutes") return 60s;
  if (word == "h" || word == "hour" || word == "hours") return 3600s;
  return std::nullopt;
}

// "300 seconds", "300s", "00:05:00"; words beginning at i.
std::optional<std::chrono::seconds> time_at(const std::vector<std::string_view>& words, std::size_t i) {
  const std::string_view word = words[i];
  if (word.size() == 8 && word[2] == ':' && word[5] == ':') {
    const auto h = number(word.substr(0, 2)), m = number(word.substr(3, 2)), s = number(word.substr(6));
    if (h && m && s) return std::chrono::seconds(*h * 3600 + *m * 60 + *s);
  }
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(word, is_digit) - word.begin());
  const auto amount = number(word.substr(0, end));
  if (!amount) return std::nullopt;
  const std::string_view next = i + 1 < words.size() ? words[i + 1] : std::string_view();
  const auto of = unit(end < word.size() ? word.substr(end) : next);
  if (of) return *of * *amount;
  return std::nullopt;
}

// Words that stand right before a time to wait, not before one that has passed or a span in which too much came.
bool leads_to_wait(std::string_view word) {
  return word == "in" || word == "for" || word == "after" || word == "wait" || word == "least" || word == "delay";
}

}  // namespace

std::optional<Meaning> known_meaning(const Reply& reply) {
  if (reply.kind() < 4) return std::nullopt;
  const std::string text = lower_case(reply.text());
  if (quotes_another_server(text)) return std::nullopt;
  for (const Row& row : kRows) {
    if (row.code != reply.code && row.code != reply.kind()) continue;
    if (!row.enhanced.empty() && row.enhanced != reply.enhanced_code) continue;
    if (has_phrase(row, text)) return row.meaning;
  }
  return std::nullopt;
}

// 552 is from servers that follow RFC 821; without an enhanced code 452 may be a full disk too.
bool is_one_recipient_too_many(const Reply& reply) {
  if (reply.code == 452 && reply.enhanced_code == "4.5.3") return true;
  const bool may_be = reply.code == 552 || (reply.code == 452 && reply.enhanced_code.empty());
  return may_be && lower_case(reply.text()).find("too many recipients") != std::string::npos;
}

std::optional<Duration> wait_asked_for(const Reply& reply) {
  using namespace std::chrono_literals;
  static constexpr std::array<std::string_view, 9> kAsks = {"again", "retry", "come back", "wait", "grey",
                                                            "gray",  "defer", "delay",     "later"};
  if (reply.kind() < 4) return std::nullopt;
  const std::string text = lower_case(reply.text());
  if (std::ranges::none_of(kAsks, [&](auto ask) { return text.find(ask) != std::string::npos; })) return std::nullopt;
  const auto words = words_of(text);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!leads_to_wait(words[i - 1])) continue;
    if (const auto wait = time_at(words, i)) return std::clamp<std::chrono::seconds>(*wait, 1s, 4h);
  }
  return std::nullopt;
}

}  // namespace jobd::smtp
