// What each subcommand asks, prints and exits with.
#include "cmd/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cmd/exit_code.h"
#include "shared/codec.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(RunTest, SubmitPrintsTheId) {
  serve_replies({accepted()});
  const Outcome outcome = submit({"--body", "Test email"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(heard(0).email.text, "Test email");
  EXPECT_EQ(heard(0).email.to.front().address, "user@example.com");
}

TEST_F(RunTest, SubmitCarriesANewKeyThatIsAUuidVersion7) {
  serve_replies({accepted()});
  submit({"--body", "x"});
  const auto key = JobId::parse(heard(0).idempotency_key);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->made_at(), kNoon);
}

TEST_F(RunTest, SubmitIsRepeatedOnceOverALostConnectionWithTheSameKey) {
  serve_replies({std::nullopt, accepted()});
  const Outcome outcome = submit({"--body", "x"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  ASSERT_THAT(server_->lines(), SizeIs(2));
  EXPECT_EQ(server_->lines()[0], server_->lines()[1]);
}

TEST_F(RunTest, SubmitIsRepeatedNoMoreThanOnceAndSaysHowToGoOn) {
  serve_replies({});
  const Outcome outcome = submit({"--body", "x", "--idempotency-key", "my-key"});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(StartsWith("jobctl: "), HasSubstr("--idempotency-key my-key")));
  EXPECT_THAT(server_->lines(), SizeIs(2));
}

TEST_F(RunTest, ASubmitThatNobodyHeardLeavesNoDoubt) {
  const Outcome outcome = submit({"--body", "x"});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("is jobd running?"), Not(HasSubstr("unknown"))));
}

TEST_F(RunTest, BusyIsNotRepeatedAndExits75) {
  serve_replies({refused(Code::busy, "too many jobs are queued"), accepted()});
  const Outcome outcome = submit({"--body", "x"});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_EQ(outcome.err, "jobctl: too many jobs are queued\n");
  EXPECT_THAT(server_->lines(), SizeIs(1));
}

TEST_F(RunTest, ARefusedFieldIsNamed) {
  serve_replies({encode_reply({}, Error{Code::invalid_field, "this is no address", "to[1]"})});
  const Outcome outcome = submit({"--body", "x"});
  EXPECT_EQ(outcome.code, kBadData);
  EXPECT_EQ(outcome.err, "jobctl: to[1]: this is no address\n");
}

TEST_F(RunTest, ARefusedFieldIsNamedOnce) {
  serve_replies({encode_reply({}, Error{Code::invalid_field, "priority must be from 0 to 9", "priority"}),
                 encode_reply({}, Error{Code::invalid_field, "total size is too large", "to"})});
  EXPECT_EQ(submit({"--body", "x"}).err, "jobctl: priority must be from 0 to 9\n");
  EXPECT_EQ(submit({"--body", "x"}).err, "jobctl: to: total size is too large\n");
}

TEST_F(RunTest, SubmitReadsStandardInput) {
  input_ = "piped\n";
  serve_replies({accepted(), accepted(), accepted()});
  submit({});
  submit({"-"});
  submit({"--body-file", "-"});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(heard(i).email.text, "piped\n") << i;
}

TEST_F(RunTest, SubmitAsksForTextAtATerminal) {
  in_is_terminal_ = true;
  const Outcome outcome = submit({});
  EXPECT_EQ(outcome.code, kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("--body"));
}

TEST_F(RunTest, SubmitReadsItsFiles) {
  serve_replies({accepted()});
  const std::string pdf("%PDF\0\xff", 6);
  const Outcome outcome = submit({"--html-file", folder_.write("m.html", "<p>Hi"), "--attach",
                                  folder_.write("Report.PDF", pdf), "--attach", folder_.write("README", "text")});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  const Email email = heard(0).email;
  EXPECT_FALSE(email.text);
  EXPECT_EQ(email.html, "<p>Hi");
  ASSERT_THAT(email.attachments, SizeIs(2));
  EXPECT_EQ(email.attachments[0].filename, "Report.PDF");
  EXPECT_EQ(email.attachments[0].content, pdf);
  EXPECT_EQ(email.attachments[0].content_type, "application/pdf");
  EXPECT_EQ(email.attachments[1].filename, "README");
}

TEST_F(RunTest, FilesThatCannotBeTakenAreNamed) {
  const Outcome missing = submit({"--body", "x", "--attach", folder_.file("gone")});
  EXPECT_EQ(missing.code, kNoInput);
  EXPECT_THAT(missing.err, HasSubstr("gone: No such file"));
  EXPECT_EQ(submit({"--body-file", folder_.file("")}).code, kNoInput);
  const Outcome latin1 = submit({"--body-file", folder_.write("latin1", "caf\xe9")});
  EXPECT_EQ(latin1.code, kBadData);
  EXPECT_THAT(latin1.err, HasSubstr("iconv"));
}

TEST_F(RunTest, JsonIsOneLineOfTheLastState) {
  serve_replies({accepted(), accepted(), told(JobStatus::completed)});
  const std::string at_once = submit({"--body", "x", "--json"}).out;
  const std::string awaited = submit({"--body", "x", "--json", "--wait"}).out;
  EXPECT_EQ(at_once.find('\n') + 1, at_once.size());
  EXPECT_EQ(awaited.find('\n') + 1, awaited.size());
  EXPECT_EQ(decode_job(at_once)->status, JobStatus::pending);
  EXPECT_EQ(decode_job(awaited)->status, JobStatus::completed);
}

TEST_F(RunTest, JsonCarriesNoControlsToTheTerminal) {
  Job job = a_job(JobStatus::pending);
  job.subject = "\x1b[2J\x7f\xc2\x9b\u202e";
  serve_replies({encode_reply({}, job)});
  const std::string out = jobctl({"status", kId, "--json"}).out;
  EXPECT_THAT(out, HasSubstr(R"("subject":"\u001b[2J\u007f\u009b\u202e")"));
  const auto again = decode_job(out);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->subject, job.subject);
}

TEST_F(RunTest, StatusTellsAndExits0WhateverTheState) {
  serve_replies({told(JobStatus::failed)});
  const Outcome outcome = jobctl({"status", kId});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("State      failed"), HasSubstr("user@example.com")));
  EXPECT_EQ(heard_wait(0), seconds(0));
}

TEST_F(RunTest, StatusOfNoJobExits66) {
  serve_replies({refused(Code::not_found, "no such job")});
  const Outcome outcome = jobctl({"status", kId});
  EXPECT_EQ(outcome.code, kNoInput);
  EXPECT_EQ(outcome.err, "jobctl: " + std::string(kId) + ": no such job\n");
}

TEST_F(RunTest, ATableHasAHeadOnATerminalOnly) {
  const std::string page = encode_reply({}, JobPage{{a_job(JobStatus::pending)}, {}});
  serve_replies({page, page});
  EXPECT_THAT(jobctl({"list"}).out, StartsWith(kId));
  screen_.terminal = 1;
  EXPECT_THAT(jobctl({"list"}).out, StartsWith("ID "));
}

TEST_F(RunTest, ListFollowsTheCursorUntilTheLimit) {
  const Job job = a_job(JobStatus::pending);
  serve_replies({encode_reply({}, JobPage{{job}, "c1"}), encode_reply({}, JobPage{{}, "c2"}),
                 encode_reply({}, JobPage{{job}, "c3"})});
  const Outcome outcome = jobctl({"list", "--limit", "2"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 2);
  ASSERT_THAT(server_->lines(), SizeIs(3));
  const auto last = decode_request(server_->lines()[2]);
  EXPECT_EQ(std::get<ListJobs>(*last.request).cursor, "c2");
  EXPECT_EQ(std::get<ListJobs>(*last.request).limit, 1U);
}

TEST_F(RunTest, ListOfNothing) {
  serve_replies({encode_reply({}, JobPage{}), encode_reply({}, JobPage{})});
  const Outcome outcome = jobctl({"list"});
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "jobctl: no such jobs\n");
  const Outcome json = jobctl({"list", "--json"});
  EXPECT_EQ(json.err, "");
  EXPECT_EQ(json.out, "{\"jobs\":[]}\n");
}

TEST_F(RunTest, ListInJsonIsOneTextOverAllPages) {
  const Job job = a_job(JobStatus::pending);
  const std::string first = encode_reply({}, JobPage{{job, job}, "c1"});
  const std::string last = encode_reply({}, JobPage{{job}, {}});
  serve_replies({first, last, first, last, first, refused(Code::internal, "broken")});
  const auto page = decode_page(jobctl({"list", "--json"}).out);
  ASSERT_TRUE(page);
  EXPECT_THAT(page->jobs, SizeIs(3));
  const std::string lines = jobctl({"list", "--json-lines"}).out;
  EXPECT_EQ(std::ranges::count(lines, '\n'), 3);
  EXPECT_TRUE(decode_job(lines.substr(0, lines.find('\n'))));
  const Outcome broken = jobctl({"list", "--json"});
  EXPECT_EQ(broken.code, row(Code::internal).exit_code);
  EXPECT_FALSE(decode_page(broken.out));  // half a list is never taken for all of it
}

TEST_F(RunTest, OfSeveralIdsAllAreTriedAndTheWorstCounts) {
  serve_replies({refused(Code::not_found, "no such job"), told(JobStatus::cancelled)});
  const Outcome outcome = jobctl({"cancel", kOtherId, kId});
  EXPECT_EQ(outcome.code, kNoInput);
  EXPECT_EQ(outcome.out, std::string(kId) + " cancelled\n");
  EXPECT_THAT(outcome.err, HasSubstr(kOtherId));
}

TEST_F(RunTest, CancelAndRetryAreNotRepeated) {
  serve_replies({std::nullopt, std::nullopt});
  EXPECT_EQ(jobctl({"cancel", kId}).code, kUnavailable);
  EXPECT_EQ(jobctl({"retry", kId}).code, kUnavailable);
  EXPECT_THAT(server_->lines(), SizeIs(2));
}

TEST_F(RunTest, RetryTakesANewTimeToLive) {
  serve_replies({told(JobStatus::pending)});
  EXPECT_EQ(jobctl({"retry", kId, "--ttl", "1h"}).out, std::string(kId) + " pending\n");
  EXPECT_EQ(std::get<RetryJob>(*decode_request(server_->lines()[0]).request).ttl, seconds(3600));
}

TEST_F(RunTest, PauseResumeStatsPing) {
  Stats stats;
  stats.version = "9.9";
  stats.started_at = kNoon;
  stats.relays.emplace_back().name = "ses";
  serve_replies({encode_reply({}, QueueState{true}), encode_reply({}, QueueState{false}), encode_reply({}, stats),
                 encode_reply({}, stats), encode_reply({}, stats), encode_reply({}, stats),
                 encode_reply({}, Pong{"9.9"})});
  EXPECT_EQ(jobctl({"pause"}).out, "paused\n");
  EXPECT_EQ(jobctl({"resume"}).out, "running\n");
  EXPECT_THAT(jobctl({"stats"}).out, StartsWith("jobd       9.9, up"));
  EXPECT_THAT(jobctl({"stats", "--json"}).out, HasSubstr("\"version\":\"9.9\""));
  EXPECT_THAT(jobctl({"relays"}).out, StartsWith("Relay      ses"));
  EXPECT_THAT(jobctl({"relays", "--json"}).out, StartsWith("{\"relays\":[{\"name\":\"ses\""));
  EXPECT_EQ(jobctl({"ping"}).out, "jobd 9.9\n");
}

TEST_F(RunTest, ReadyOrTheReasonWhyNot) {
  serve_replies({encode_reply({}, Readiness{}), refused(Code::draining, "jobd is stopping")});
  EXPECT_EQ(jobctl({"ready"}).out, "ready\n");
  const Outcome outcome = jobctl({"ready"});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_EQ(outcome.err, "jobctl: jobd is stopping\n");
}

TEST_F(RunTest, AReplyThatIsNoneIsAnError) {
  serve_replies({"nonsense", R"({"status":200,"result":{"id":7}})"});
  EXPECT_EQ(jobctl({"stats"}).code, row(Code::internal).exit_code);
  EXPECT_EQ(jobctl({"status", kId}).code, row(Code::internal).exit_code);
}

TEST_F(RunTest, MessagesCarryNoControlsToTheTerminal) {
  serve_replies({refused(Code::invalid_field, "bad \x1b[2J\nvalue")});
  EXPECT_EQ(submit({"--body", "x"}).err, "jobctl: bad \\u001b[2J value\n");
}

// A stream like a closed or full one: nothing can be written.
class BrokenBuffer final : public std::streambuf {};

TEST_F(RunTest, OutputThatCannotBeWrittenExits74) {
  serve_replies({accepted()});
  std::istringstream in;
  BrokenBuffer buffer;
  std::ostream out(&buffer);
  std::ostringstream err;
  Console console{in, false, out, err};
  const SteppingClock clock;
  const std::vector<std::string> words{"--socket", socket(), "submit-email", "--to", "user@example.com", "--body", "x"};
  EXPECT_EQ(run(words, console, outside_, clock, 1), kOutput);
  EXPECT_THAT(err.str(), HasSubstr("jobctl: cannot write the output"));
}

}  // namespace
}  // namespace jobd::cmd
