// jobctl whole, in this process, against a jobd that says what the test tells it to.
#include "cmd/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cmd/exit_code.h"
#include "shared/codec.h"
#include "tests/cmd/scripted_server.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::kNoon;
using jobd::testing::ScriptedServer;
using jobd::testing::TemporaryFolder;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kId = "01953f2a-7c00-7abc-8def-0123456789ab";
constexpr const char* kOtherId = "01953f2a-7c00-7abd-8def-0123456789ab";

// Every look at it is a step later: how time passes in a loop that does nothing but wait.
class SteppingClock final : public Clock {
 public:
  explicit SteppingClock(Duration step = {}) : step_(step) {}
  Time now() const override { return now_ += step_; }

 private:
  Duration step_;
  mutable Time now_ = kNoon;
};

Job a_job(JobStatus status) {
  Job job;
  job.id = *JobId::parse(kId);
  job.status = status;
  job.max_attempts = 3;
  job.created_at = job.updated_at = kNoon;
  job.expires_at = kNoon + seconds(3600);
  job.from = "app@example.com";
  job.subject = "Hello";
  Recipient recipient;
  recipient.address = "user@example.com";
  job.recipients = {recipient};
  return job;
}

std::string accepted() {
  return encode_reply({}, Submitted{a_job(JobStatus::pending), false});
}
std::string told(JobStatus status) {
  return encode_reply({}, a_job(status));
}
std::string refused(Code code, const std::string& message) {
  return encode_reply({}, Error{code, message});
}

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

class RunTest : public ::testing::Test {
 protected:
  void serve(ScriptedServer::Answer answer) { server_.emplace(socket(), std::move(answer)); }
  // Replies in this order; past the last one connections are closed.
  void serve_replies(std::vector<std::optional<std::string>> replies) {
    serve([replies = std::move(replies)](const std::string&, std::size_t number) -> std::optional<std::string> {
      return number < replies.size() ? replies[number] : std::nullopt;
    });
  }

  Outcome jobctl(std::vector<std::string> arguments, const Clock& clock = SteppingClock()) {
    arguments.insert(arguments.begin(), {"--socket", socket()});
    std::istringstream in(input_);
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, in_is_terminal_, out, err};
    const int code = run(arguments, console, clock, 42);
    return {code, out.str(), err.str()};
  }
  Outcome submit(std::vector<std::string> options, const Clock& clock = SteppingClock()) {
    options.insert(options.begin(), {"submit-email", "--to", "user@example.com", "--subject", "Hello"});
    return jobctl(options, clock);
  }

  std::string socket() const { return folder_.file("s"); }
  SubmitEmail heard(std::size_t number) const {
    const auto line = decode_request(server_->lines().at(number));
    return std::get<SubmitEmail>(*line.request);
  }
  Duration heard_wait(std::size_t number) const {
    const auto line = decode_request(server_->lines().at(number));
    return std::get<GetJob>(*line.request).wait;
  }

  TemporaryFolder folder_;
  std::optional<ScriptedServer> server_;
  std::string input_;
  bool in_is_terminal_ = false;
};

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

TEST_F(RunTest, SubmitWaitsInCallsOfAMinuteUntilTheEnd) {
  serve_replies({accepted(), told(JobStatus::pending), told(JobStatus::processing), told(JobStatus::completed)});
  const Outcome outcome = submit({"--body", "x", "--wait"}, SteppingClock{seconds(60)});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  EXPECT_EQ(outcome.err, "");
  for (std::size_t call = 1; call <= 3; ++call) EXPECT_EQ(heard_wait(call), seconds(60));
}

TEST_F(RunTest, SubmitSaysWhyAnAwaitedJobFailed) {
  Job failed = a_job(JobStatus::failed);
  failed.error = JobError{Failure::rejected, "no such user", kNoon, 550, "5.1.1"};
  serve_replies({accepted(), encode_reply({}, failed)});
  const Outcome outcome = submit({"--body", "x", "--wait"});
  EXPECT_EQ(outcome.code, kUnsuccessful);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("refused it for good"), HasSubstr("550 5.1.1 no such user")));
}

TEST_F(RunTest, AWaitThatRunsOutExits4) {
  serve_replies({accepted(), told(JobStatus::pending), told(JobStatus::pending), told(JobStatus::pending)});
  const SteppingClock clock{seconds(60)};
  const Outcome outcome = submit({"--body", "x", "--wait=90s"}, clock);
  EXPECT_EQ(outcome.code, kUnfinished);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("is pending"), Not(HasSubstr("stopping"))));
  ASSERT_THAT(server_->lines(), SizeIs(3));
  EXPECT_EQ(heard_wait(1), seconds(60));
  EXPECT_EQ(heard_wait(2), seconds(30));
}

// While it drains jobd answers every wait at once.
TEST_F(RunTest, AWaitEndsWhenJobdIsStopping) {
  const std::string processing = told(JobStatus::processing);
  serve_replies({accepted(), processing, processing, processing, processing});
  const SteppingClock clock{seconds(2)};
  const Outcome submitted = submit({"--body", "x", "--wait"}, clock);
  EXPECT_EQ(submitted.code, kUnfinished);
  EXPECT_EQ(submitted.out, std::string(kId) + "\n");
  EXPECT_THAT(submitted.err, AllOf(HasSubstr("jobd is stopping"), HasSubstr("is processing")));
  const Outcome status = jobctl({"status", kId, "--wait=90s"}, clock);
  EXPECT_EQ(status.code, kUnfinished);
  EXPECT_THAT(status.out, HasSubstr("processing"));
  EXPECT_THAT(status.err, HasSubstr("jobd is stopping"));
  EXPECT_THAT(server_->lines(), SizeIs(3));
}

TEST_F(RunTest, AnAnswerAHairTooEarlyDoesNotEndAWait) {
  serve_replies({accepted(), told(JobStatus::pending), told(JobStatus::completed)});
  EXPECT_EQ(submit({"--body", "x", "--wait"}, SteppingClock{Duration(59'999)}).code, kDone);
}

TEST_F(RunTest, AWaitGoesOnAfterOneLostConnection) {
  serve_replies({accepted(), std::nullopt, told(JobStatus::completed)});
  EXPECT_EQ(submit({"--body", "x", "--wait"}).code, kDone);
}

TEST_F(RunTest, AnAcceptedJobIsNeverSaidToBeNotAccepted) {
  serve_replies({accepted()});
  const Outcome outcome = submit({"--body", "x", "--wait"});
  EXPECT_EQ(outcome.code, kUnfinished);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  EXPECT_THAT(outcome.err, HasSubstr("was accepted"));
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

TEST_F(RunTest, StatusThatWaitsExitsWithTheEnd) {
  serve_replies({told(JobStatus::completed), told(JobStatus::failed), told(JobStatus::held), told(JobStatus::pending)});
  EXPECT_EQ(jobctl({"status", kId, "--wait"}).code, kDone);
  EXPECT_EQ(jobctl({"status", kId, "--wait"}).code, kUnsuccessful);
  EXPECT_EQ(jobctl({"status", kId, "--wait"}).code, kPartly);
  EXPECT_EQ(jobctl({"status", kId, "--wait=1s"}).code, kUnfinished);
}

TEST_F(RunTest, StatusOfNoJobExits66) {
  serve_replies({refused(Code::not_found, "no such job")});
  const Outcome outcome = jobctl({"status", kId});
  EXPECT_EQ(outcome.code, kNoInput);
  EXPECT_EQ(outcome.err, "jobctl: " + std::string(kId) + ": no such job\n");
}

TEST_F(RunTest, ListFollowsTheCursorUntilTheLimit) {
  const Job job = a_job(JobStatus::pending);
  serve_replies({encode_reply({}, JobPage{{job}, "c1"}), encode_reply({}, JobPage{{}, "c2"}),
                 encode_reply({}, JobPage{{job}, "c3"})});
  const Outcome outcome = jobctl({"list", "--limit", "2"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(outcome.out, StartsWith("ID "));
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 3);
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
  EXPECT_EQ(jobctl({"list", "--json"}).err, "");
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
  serve_replies({encode_reply({}, QueueState{true}), encode_reply({}, QueueState{false}), encode_reply({}, stats),
                 encode_reply({}, stats), encode_reply({}, Pong{"9.9"})});
  EXPECT_EQ(jobctl({"pause"}).out, "paused\n");
  EXPECT_EQ(jobctl({"resume"}).out, "running\n");
  EXPECT_THAT(jobctl({"stats"}).out, StartsWith("jobd       9.9, up"));
  EXPECT_THAT(jobctl({"stats", "--json"}).out, HasSubstr("\"version\":\"9.9\""));
  EXPECT_EQ(jobctl({"ping"}).out, "jobd 9.9\n");
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
  EXPECT_EQ(run({"--socket", socket(), "submit-email", "--to", "user@example.com", "--body", "x"}, console, clock, 1),
            kOutput);
  EXPECT_THAT(err.str(), StartsWith("jobctl: cannot write the output"));
}

}  // namespace
}  // namespace jobd::cmd
