#include "daemon/mail/smtp/transaction.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <utility>

#include "shared/limits.h"
#include "shared/raw_message.h"
#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

// Eight at a time: messages are large.
bool is_8bit(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  while (text.size() >= sizeof kHighBits) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    if ((word & kHighBits) != 0) return true;
    text.remove_prefix(sizeof word);
  }
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

constexpr const char* kNeedsUtf8 = "is not ASCII before the @, and the server does not offer SMTPUTF8";

// In one walk. What is quoted is part of its word, and an @ there is none.
bool names_utf8_address(std::string_view list) {
  bool quoted = false;
  bool has_at = false;
  bool is_wide = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    const bool ends = !quoted && std::string_view(" \t<>,:;()").find(c) != std::string_view::npos;
    if (ends && has_at && is_wide) return true;
    if (ends) has_at = is_wide = false;
    if (c == '"') quoted = !quoted;
    if (c == '\\' && quoted) ++i;
    has_at = has_at || (c == '@' && !quoted);
    is_wide = is_wide || static_cast<unsigned char>(c) >= 0x80;
  }
  return has_at && is_wide;
}

// Whether an address in the header is beyond ASCII: that is what goes to servers with SMTPUTF8 only (RFC 6531 3.4), and
// what cannot be rewritten without another being named. Names and subjects in bytes, which a raw message may have, go
// on as they do since 8BITMIME.
bool has_utf8_address(std::string_view message) {
  constexpr std::array<std::string_view, 11> kFields{"From",      "Sender",      "Reply-To",      "To",
                                                     "Cc",        "Resent-From", "Resent-Sender", "Resent-Reply-To",
                                                     "Resent-To", "Resent-Cc",   "Errors-To"};
  const std::string_view header = message.substr(0, message.find("\r\n\r\n"));
  if (!is_8bit(header)) return false;
  return std::ranges::any_of(read_header(header).fields, [&](const RawField& field) {
    const auto is_its = [&](std::string_view name) { return equal_ignoring_case(name, field.name); };
    return std::ranges::any_of(kFields, is_its) && names_utf8_address(field.value);
  });
}

}  // namespace

Transaction::Transaction(Mail m, Moment at, bool is_first)
    : mail(std::move(m)), give_up_at(at), first(is_first), encoder(mail.message) {
  if (mail.recipients.empty()) mail.only_ask = true;
}

void Transaction::start(const Extensions& offered) {
  started_ = true;
  recipients_.resize(mail.recipients.size());
  for (std::size_t i = 0; i < recipients_.size(); ++i) recipients_[i].address = wire_address(mail.recipients[i]);
  sender_ = wire_address(mail.envelope_from);
  bool utf8_header = !mail.message_in_ascii.empty() || has_utf8_address(mail.message);
  if (!mail.message_in_ascii.empty() && !offered.smtputf8) {
    mail.message = std::move(mail.message_in_ascii);
    encoder = DataEncoder(mail.message);
    utf8_header = false;
  }
  mail.message_in_ascii = {};
  parameters_.body_8bit = is_8bit(mail.message);
  parameters_.utf8 = utf8_header || sender_.needs_utf8 ||
                     std::ranges::any_of(recipients_, [](const Recipient& r) { return r.address.needs_utf8; });
  parameters_.utf8 = parameters_.utf8 && offered.smtputf8;
  const bool sender_stands = sender_.why == nullptr && (!sender_.needs_utf8 || offered.smtputf8);
  if (sender_.why != nullptr) {
    refuse_the_rest("5.1.7", std::string("the sender ") + sender_.why);
  } else if (!sender_stands) {
    refuse_the_rest("5.6.7", "the sender " + mail.envelope_from + " " + kNeedsUtf8);
  }
  check_recipients(offered);
  if (utf8_header && !offered.smtputf8) {
    refuse_the_rest("5.6.7", "an address in the header is not ASCII, and the server does not offer SMTPUTF8");
  }
  if (parameters_.body_8bit && !offered.eight_bit_mime) {
    refuse_the_rest("5.6.3", "the message is not 7-bit, and the server does not offer 8BITMIME");
  }
  if (offered.size_limit > 0 && mail.message.size() > offered.size_limit) {
    refuse_the_rest("5.3.4", "the message has " + std::to_string(mail.message.size()) +
                                 " bytes, and the server takes " + std::to_string(offered.size_limit));
  }
  const bool somebody = recipients_.empty() || !std::ranges::all_of(recipients_, &Recipient::refused);
  relay_spoke_ = sender_stands && somebody;
  if (!relay_spoke_) end_with_recipients();
}

void Transaction::check_recipients(const Extensions& offered) {
  for (std::size_t i = 0; i < recipients_.size(); ++i) {
    const WireAddress& address = recipients_[i].address;
    if (address.why != nullptr) refuse(recipients_[i], "5.1.3", std::string("the address ") + address.why);
    if (address.needs_utf8 && !offered.smtputf8) {
      refuse(recipients_[i], "5.6.7", mail.recipients[i] + " " + kNeedsUtf8);
    }
  }
}

// The first reason stands.
void Transaction::refuse(Recipient& recipient, const std::string& code, const std::string& why) {
  if (recipient.refused) return;
  recipient.refused = true;
  recipient.result = {Verdict::permanent, 0, code, why};
}

void Transaction::refuse_the_rest(const std::string& code, const std::string& why) {
  for (Recipient& recipient : recipients_) refuse(recipient, code, why);
}

std::string Transaction::mail_command(const Extensions& offered) const {
  return smtp::mail_command(mail, sender_, parameters_, offered);
}

std::optional<Transaction::Rcpt> Transaction::next_rcpt(const Extensions& offered) {
  while (!all_asked() && recipients_[asked_].refused) ++asked_;
  if (all_asked()) return std::nullopt;
  const std::size_t recipient = asked_++;
  while (!all_asked() && recipients_[asked_].refused) ++asked_;
  ++unanswered_;
  return Rcpt{recipient, rcpt_command(mail, recipients_[recipient].address, offered)};
}

void Transaction::judge_recipient(std::size_t index, const Judgement& judgement) {
  --unanswered_;
  Recipient& recipient = recipients_[index];
  recipient.result = judgement.words;
  if (std::holds_alternative<GoOn>(judgement.what)) {
    recipient.result.verdict = Verdict::delivered;  // stands only in a mail that only asks
    ++accepted_;
    return;
  }
  recipient.refused = true;
  remember_wait(judgement);
  if (std::holds_alternative<Trouble>(judgement.what) && !trouble_) trouble_ = judgement;
}

void Transaction::judge_the_rest(const Judgement& judgement) {
  for (Recipient& recipient : recipients_) {
    if (!recipient.refused) recipient.result = judgement.words;
  }
  remember_wait(judgement);
  end_with_results();
}

void Transaction::end_with_recipients() {
  if (accepted_ == 0 && trouble_) {
    return end_with_trouble(std::get<Trouble>(trouble_->what), trouble_->words, trouble_->retry_after);
  }
  end_with_results();
}

void Transaction::end_with_results() {
  outcome_ = Outcome{results(), std::nullopt, {}, relay_spoke_, retry_after_};
  if (trouble_ && trouble_->words.goes_next) {
    outcome_->beside = RelayWord{std::get<Trouble>(trouble_->what), trouble_->words, trouble_->retry_after};
  }
}

void Transaction::end_with_trouble(Trouble trouble, RecipientResult words, std::optional<Duration> retry_after) {
  outcome_ = Outcome{{}, trouble, std::move(words), true, retry_after};
}

Outcome Transaction::take_outcome() {
  assert(ended());
  return std::move(*outcome_);
}

// The longest holds for the message: it is one attempt for all that wait.
void Transaction::remember_wait(const Judgement& judgement) {
  const Verdict* verdict = std::get_if<Verdict>(&judgement.what);
  if (verdict != nullptr && *verdict != Verdict::temporary) return;
  if (judgement.retry_after) retry_after_ = std::max(retry_after_.value_or(Duration::zero()), *judgement.retry_after);
}

std::vector<RecipientResult> Transaction::results() {
  std::vector<RecipientResult> all;
  all.reserve(recipients_.size());
  for (Recipient& recipient : recipients_) {
    RecipientResult& result = recipient.result;
    result.goes_next = result.goes_next && recipient.refused && accepted_ > 0;
    if (result.goes_next) {
      static constexpr std::string_view kWhy = " (others of the mail go first)";
      if (result.reply.size() + kWhy.size() <= limits::kReplyBytes) result.reply += kWhy;
    }
    all.push_back(std::move(result));
  }
  return all;
}

}  // namespace jobd::smtp
