#include "daemon/mail/judge_table.h"

#include <gmock/gmock.h>

#include <span>

#include "daemon/mail/judge.h"

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;

Reply read(const std::string& line) {
  ReplyReader reader;
  reader.feed(line + "\r\n");
  return reader.next().value();
}

std::string told(Phase phase, const std::string& line) {
  const Judgement judgement = judge(Stage{phase, false}, read(line));
  if (const Trouble* trouble = std::get_if<Trouble>(&judgement.what)) return std::string(name(*trouble));
  if (std::holds_alternative<GoOn>(judgement.what)) return "go on";
  static const char* const kWords[] = {"delivered", "temporary", "permanent", "uncertain"};
  return kWords[static_cast<int>(std::get<Verdict>(judgement.what))];
}

struct Said {
  Phase phase;
  const char* line;
  const char* means;
};

const Said kSes[] = {
    {Phase::dot, "454 Throttling failure: Maximum sending rate exceeded.", "pacing"},
    {Phase::mail, "454 4.7.0 Throttling failure: Maximum sending rate exceeded.", "pacing"},
    {Phase::dot, "454 Throttling failure: Daily message quota exceeded.", "quota"},
    {Phase::auth, "454 Throttling failure: Daily message quota exceeded.", "quota"},
    {Phase::auth, "454 Temporary authentication failure", "greeting"},
    {Phase::auth, "535 Authentication Credentials Invalid", "auth"},
    {Phase::mail, "530 Authentication required", "auth"},
    {Phase::greeting, "421 Too many concurrent SMTP connections", "closing"},
    {Phase::dot, "554 Message rejected: Email address is not verified. The following identities failed", "permanent"},
    {Phase::dot, "554 Message rejected: Sending paused for this account.", "auth"},
    {Phase::dot, "451 Temporary service failure", "temporary"},
    {Phase::dot, "554 Transaction failed: Duplicate header 'Subject'.", "permanent"},
};
const Said kGmail[] = {
    {Phase::dot, "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail", "quota"},
    {Phase::mail, "550 5.4.5 Daily SMTP relay limit exceeded for customer.", "quota"},
    {Phase::mail, "421 4.7.0 Temporary System Problem. Try again later", "closing"},
    {Phase::dot, "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail", "pacing"},
    {Phase::rcpt, "452 4.2.2 The recipient's inbox is out of storage space", "temporary"},
    {Phase::rcpt, "452 4.2.2 The email account that you tried to reach is over quota.", "temporary"},
    {Phase::rcpt, "450 4.2.1 The user you are trying to contact is receiving mail at a rate that", "temporary"},
    {Phase::mail, "450 4.2.1 Peak SMTP relay limit exceeded for customer.", "pacing"},
    {Phase::rcpt, "550 5.1.1 The email account that you tried to reach does not exist.", "permanent"},
    {Phase::auth, "534 5.7.9 Application-specific password required.", "auth"},
    {Phase::auth, "535 5.7.8 Username and Password not accepted.", "auth"},
    {Phase::auth, "454 4.7.0 Too many login attempts, please try again later.", "pacing"},
    {Phase::mail, "530 5.7.0 Must issue a STARTTLS command first.", "tls"},
    {Phase::mail, "530 5.7.0 Authentication Required.", "auth"},
    {Phase::mail, "503 5.5.4 Error: send AUTH command first", "auth"},
};
const Said kMicrosoft[] = {
    {Phase::auth, "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending",
     "closing"},
    {Phase::dot, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "pacing"},
    {Phase::auth, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled", "auth"},
    {Phase::auth, "535 5.7.3 Authentication unsuccessful", "auth"},
    {Phase::dot, "554 5.2.252 SendAsDenied; a@x.org not allowed to send as b@x.org; STOREDRV", "permanent"},
    {Phase::dot, "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
     "permanent"},
    {Phase::dot, "550 5.2.252 Sender throttled due to continuous send as denied errors.", "quota"},
    {Phase::mail, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "permanent"},
    {Phase::mail, "530 5.7.57 Client not authenticated to send mail.", "auth"},
    {Phase::mail, "550 5.7.57 SMTP; Client was not authenticated to send anonymous mail", "auth"},
    {Phase::mail, "550 5.1.8 Access denied, bad outbound sender AS(42004)", "auth"},
    {Phase::dot, "550 5.7.705 Access denied, tenant has exceeded threshold", "quota"},
    {Phase::content, "421 4.4.2 Message submission rate for this client has exceeded", "pacing"},
    {Phase::dot, "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", "temporary"},
    {Phase::rcpt, "452 4.5.3 Too many recipients", "temporary"},
    {Phase::rcpt, "554 5.2.2 mailbox full", "permanent"},
    {Phase::mail, "451 4.7.500 Server busy. Please try again later from [192.0.2.1].", "pacing"},
};
const Said kOthers[] = {
    {Phase::mail, "421 Domain example.com is not allowed to send: recipient limit (26) exceeded, try again after Wed",
     "quota"},
    {Phase::rcpt,
     "421 Domain sandbox1.mailgun.org is not allowed to send: Free accounts are for test purposes only. "
     "Please upgrade or add the address to your authorized recipients.",
     "closing"},
    {Phase::rcpt, "450 4.7.1 <a@x.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help",
     "temporary"},
    {Phase::rcpt, "552 Too many recipients", "temporary"},
    {Phase::rcpt, "552 5.2.2 mailbox full", "permanent"},
    {Phase::mail, "553 5.1.8 <a@x.org>: Sender address rejected: Domain not found", "permanent"},
    {Phase::dot, "550 maximum sending rate", "permanent"},
};

// What a stranger's server said, or what is about one address, holds nothing back but its own mail.
const Said kHandedOn[] = {
    {Phase::rcpt,
     "450 4.1.1 <x@evil.test>: Recipient address rejected: unverified address: host mx.evil.test[192.0.2.9] said: "
     "550 you is not allowed to send",
     "temporary"},
    {Phase::rcpt, "450 4.7.1 <list@x.org>: Sender address rejected: ann is not allowed to send to this list",
     "temporary"},
    {Phase::rcpt, "450 Domain evil.test: host mx.evil.test said: 450 is not allowed to send", "temporary"},
    {Phase::rcpt, "450 4.1.1 <x@evil.test>: unverified address: maximum sending rate", "temporary"},
    {Phase::dot, "550 5.1.1 x@evil.test: 550 daily sending quota exceeded", "permanent"},
    {Phase::rcpt, "452 4.5.3 recipient limit exceeded", "temporary"},
    {Phase::mail, "450 ann is not allowed to send", "temporary"},
    {Phase::mail, "450 Domain example.com is not allowed to send: disabled", "auth"},
};

void expect_all(std::span<const Said> rows) {
  for (const Said& row : rows) EXPECT_EQ(told(row.phase, row.line), row.means) << row.line;
}

TEST(JudgeTable, AmazonSes) {
  expect_all(kSes);
}
TEST(JudgeTable, Gmail) {
  expect_all(kGmail);
}
TEST(JudgeTable, Microsoft365) {
  expect_all(kMicrosoft);
}
TEST(JudgeTable, MailgunAndAnybody) {
  expect_all(kOthers);
}

TEST(JudgeTable, WordsThatAreNotTheRelays) {
  expect_all(kHandedOn);
}

std::optional<Duration> wait(const std::string& line) {
  return wait_asked_for(read(line));
}

TEST(WaitAskedFor, AsServersPutIt) {
  EXPECT_EQ(wait("451 4.7.1 Greylisted, please try again in 300 seconds"), 300s);
  EXPECT_EQ(wait("450 4.7.1 Greylisted for 5 minutes"), 5min);
  EXPECT_EQ(wait("451 4.7.1 Greylisting in action, please come back in 00:04:30"), 4min + 30s);
  EXPECT_EQ(wait("450 4.2.0 <a@x.org>: Recipient address rejected: Greylisted, retry after 120s"), 120s);
  EXPECT_EQ(wait("421 4.7.0 Try again in 1 hour"), 1h);
  EXPECT_EQ(wait("450 Graylisted - please wait at least 10 min"), 10min);
  EXPECT_EQ(wait("451 Temporarily deferred. Try again after (300 seconds)"), 300s);
}

TEST(WaitAskedFor, IsBounded) {
  EXPECT_EQ(wait("451 try again in 0 seconds"), 1s);
  EXPECT_EQ(wait("451 try again in 48 hours"), 4h);
  EXPECT_EQ(wait("451 try again in 9999999 hours"), 4h);
  EXPECT_EQ(wait("451 try again in 99999999999999999999 seconds"), std::nullopt);
}

TEST(WaitAskedFor, NotWhereNoneIsNamed) {
  EXPECT_EQ(wait("450 4.7.1 Greylisted, see http://postgrey.schweikert.ch/help/x.html"), std::nullopt);
  EXPECT_EQ(wait("451 4.7.1 try again later"), std::nullopt);
  EXPECT_EQ(wait("450 4.2.1 over 100 mails per 60 seconds, try again later"), std::nullopt);
  EXPECT_EQ(wait("450 4.4.1 192.0.2.1 in 3 attempts, try again"), std::nullopt);
  EXPECT_EQ(wait("421 4.4.2 idle for 300 seconds, closing"), std::nullopt) << "that time has passed";
  EXPECT_EQ(wait("250 again in 300 seconds"), std::nullopt);
}

}  // namespace
}  // namespace jobd::smtp
