// What goes on and on: watch, status --follow, list --watch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "cmd/exit_code.h"
#include "shared/codec.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

Job at(JobStatus status, int second, int attempts = 0) {
  Job job = a_job(status);
  job.updated_at += seconds(second);
  job.attempts = attempts;
  return job;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST_F(RunTest, WatchTellsALineAnEventUntilNobodyReads) {
  Job failed = at(JobStatus::failed, 5, 1);
  failed.error = JobError{Failure::rejected, "no such user", kNoon, 550, "5.1.1"};
  serve_replies({watching(7, {became(8, at(JobStatus::processing, 1)), became(9, failed)})});
  close_output_after(1);
  const Outcome outcome = jobctl({"watch", kId});
  EXPECT_EQ(outcome.code, kOutput);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(lines_of(outcome.out), 2U);
  EXPECT_THAT(outcome.out, StartsWith("2026-03-01 12:00:01  " + std::string(kId) + "  processing"));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("user@example.com"), HasSubstr("550 5.1.1 no such user")));
  EXPECT_EQ(heard_as<Watch>(0).job->text(), kId);
  EXPECT_FALSE(heard_as<Watch>(0).after);
}

TEST_F(RunTest, WatchInJsonLinesHasTheNumberToGoOnFrom) {
  serve_replies({watching(7, {became(8, at(JobStatus::processing, 1)), became(11, at(JobStatus::completed, 2))})});
  close_output_after(1);
  const std::string out = jobctl({"watch", "--json-lines", "--after", "6"}).out;
  EXPECT_THAT(out, AllOf(StartsWith(R"({"seq":8,"job":{"id":")"), HasSubstr("}}\n{\"seq\":11,\"job\":{")));
  EXPECT_EQ(lines_of(out), 2U);
  EXPECT_EQ(heard_as<Watch>(0).after, 6U);
}

TEST_F(RunTest, AWatchGoesOnWhereItsConnectionWasLost) {
  serve_replies({then_close(watching(7, {became(8, at(JobStatus::processing, 1))})), std::nullopt,
                 refused(Code::draining, "jobd is stopping"), then_close(watching(8)),
                 watching(8, {became(9, at(JobStatus::completed, 2))})});
  close_output_after(5);
  const Outcome outcome = jobctl({"watch"});
  EXPECT_EQ(lines_of(outcome.out), 2U);
  const std::string lost = "jobctl: the connection to jobd is lost; connecting again\n";
  EXPECT_EQ(outcome.err, lost + lost);
  for (std::size_t number = 1; number <= 4; ++number) EXPECT_EQ(heard_as<Watch>(number).after, 8U);
  EXPECT_THAT(outside_.pauses, ElementsAre(Duration(100), Duration(200), Duration(400), Duration(100)));
}

TEST_F(RunTest, AWatchGivesUpAfterAMinute) {
  serve_replies({then_close(watching(7))});
  const Outcome outcome = jobctl({"watch"});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_EQ(lines_of(outcome.err), 2U);
  Duration sum{};
  for (const Duration pause : outside_.pauses) sum += pause;
  EXPECT_GE(sum, seconds(60));
  EXPECT_LT(sum, seconds(70));
  EXPECT_THAT(outside_.pauses, Each(Le(Duration(5000))));
}

TEST_F(RunTest, AWatchThatCannotBeginEndsAtOnce) {
  EXPECT_EQ(jobctl({"watch"}).code, kUnavailable);
  serve_replies({refused(Code::busy, "too many watches")});
  EXPECT_EQ(jobctl({"watch"}).err, "jobctl: too many watches\n");
  EXPECT_THAT(outside_.pauses, IsEmpty());
}

TEST_F(RunTest, AWatchOfNoSuchJobExits66) {
  serve_replies({watching(7), refused(Code::not_found, "no such job")});
  const Outcome outcome = jobctl({"watch", kId});
  EXPECT_EQ(outcome.code, kNoInput);
  EXPECT_EQ(outcome.err, "jobctl: " + std::string(kId) + ": no such job\n");
}

TEST_F(RunTest, AWatchSaysThatEventsAreLost) {
  serve_replies({then_close(watching(7, {reset_at(50)})), watching(50)});
  close_output_after(2);
  EXPECT_THAT(jobctl({"watch"}).err, StartsWith("jobctl: some events are lost"));
  EXPECT_EQ(heard_as<Watch>(1).after, 50U);
}

TEST_F(RunTest, FollowTellsEachChangeAndTheStoryAtTheEnd) {
  serve_replies({watching(7, {became(8, at(JobStatus::processing, 1)), became(9, at(JobStatus::pending, 2, 1)),
                              became(10, at(JobStatus::processing, 3, 1)), became(11, at(JobStatus::failed, 4, 2))}),
                 encode_reply({}, at(JobStatus::pending, 0))});
  const Outcome outcome = jobctl({"status", kId, "--follow"});
  EXPECT_EQ(outcome.code, kUnsuccessful);
  const std::string changes = outcome.out.substr(0, outcome.out.find("\n\n") + 1);
  EXPECT_EQ(lines_of(changes), 5U) << changes;
  EXPECT_THAT(outcome.out, HasSubstr("\n\nJob        " + std::string(kId)));
  EXPECT_EQ(heard_as<Watch>(0).job->text(), kId);
  EXPECT_EQ(heard_as<GetJob>(1).wait, Duration{});
}

TEST_F(RunTest, FollowPassesOverWhatIsOlderThanWhatItSaw) {
  serve_replies({watching(7, {became(8, at(JobStatus::processing, 1)), became(9, at(JobStatus::pending, 2, 1)),
                              became(10, at(JobStatus::completed, 4, 1))}),
                 encode_reply({}, at(JobStatus::processing, 3, 1))});
  const Outcome outcome = jobctl({"status", kId, "--follow", "--json-lines"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(lines_of(outcome.out), 2U) << outcome.out;
}

TEST_F(RunTest, FollowOfAJobAtItsEndTellsItOnce) {
  serve_replies({watching(7), told(JobStatus::completed)});
  const Outcome outcome = jobctl({"status", kId, "--follow", "--json-lines"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(lines_of(outcome.out), 1U);
  EXPECT_EQ(decode_job(outcome.out)->status, JobStatus::completed);
}

TEST_F(RunTest, FollowAsksAgainAfterAResetAndALostConnection) {
  serve_replies({then_close(watching(7)), encode_reply({}, at(JobStatus::pending, 0)), watching(40, {reset_at(40)}),
                 encode_reply({}, at(JobStatus::completed, 9, 1))});
  const Outcome outcome = jobctl({"status", kId, "--follow", "--json-lines"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(lines_of(outcome.out), 2U);
  EXPECT_EQ(heard_as<Watch>(2).after, 7U);
}

TEST_F(RunTest, FollowOfSeveralTellsOfThemAlone) {
  Job other = at(JobStatus::completed, 2, 1);
  other.id = *JobId::parse(kOtherId);
  Job foreign = at(JobStatus::failed, 1);
  foreign.id = *JobId::parse("01953f2a-7c00-7abe-8def-0123456789ab");
  Job other_before = other;
  other_before.status = JobStatus::processing;
  serve_replies({watching(7, {became(8, foreign), became(9, other), became(10, at(JobStatus::cancelled, 3))}),
                 told(JobStatus::pending), encode_reply({}, other_before)});
  input_ = std::string(kOtherId) + "\n";
  const Outcome outcome = jobctl({"status", kId, "-", "--follow"});
  EXPECT_EQ(outcome.code, kUnsuccessful);
  EXPECT_FALSE(heard_as<Watch>(0).job);
  EXPECT_THAT(outcome.out, Not(HasSubstr(foreign.id.text())));
  EXPECT_LT(outcome.out.find("\nJob        " + std::string(kId)),
            outcome.out.find("\nJob        " + std::string(kOtherId)));
}

TEST_F(RunTest, FollowOfNoSuchJobExits66) {
  serve_replies({watching(7), refused(Code::not_found, "no such job")});
  const Outcome outcome = jobctl({"status", kId, "--follow"});
  EXPECT_EQ(outcome.code, kNoInput);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(RunTest, FollowEndsWithItsWait) {
  serve_replies({watching(7), told(JobStatus::pending)});
  const Outcome outcome = jobctl({"status", kId, "--follow", "--wait=30s"});
  EXPECT_EQ(outcome.code, kUnfinished);
  EXPECT_THAT(outcome.out, HasSubstr("\n\nJob        "));
}

TEST_F(RunTest, FollowKeepsItsWaitWhileJobdIsAway) {
  serve_replies({then_close(watching(7)), told(JobStatus::pending)});
  const Outcome outcome = jobctl({"status", kId, "--follow", "--wait=1s"});
  EXPECT_EQ(outcome.code, kUnfinished);
  EXPECT_THAT(outside_.pauses, ElementsAre(Duration(100), Duration(200), Duration(400), Duration(300)));
}

class ListWatchTest : public RunTest {
 protected:
  ListWatchTest() {
    screen_.redraws = true;
    screen_.rows = 5;
    close_output_after(1);
  }
};

std::string page(std::size_t number) {
  return encode_reply({}, JobPage{std::vector<Job>(number, a_job(JobStatus::pending)), {}});
}

TEST_F(ListWatchTest, DrawsAgainInPlaceOnceForWhatCameTogether) {
  serve_replies({watching(7, {became(8, at(JobStatus::processing, 1)), became(9, at(JobStatus::completed, 2))}),
                 page(2), page(1)});
  const Outcome outcome = jobctl({"list", "--watch"});
  EXPECT_EQ(outcome.code, kOutput);
  EXPECT_THAT(outcome.out, StartsWith("ID "));
  EXPECT_THAT(outcome.out, HasSubstr("\n\x1b[3A\x1b[JID "));
  EXPECT_EQ(lines_of(outcome.out), 5U);
  EXPECT_THAT(outside_.pauses, ElementsAre(Duration(250)));
  EXPECT_THAT(server_->lines(), SizeIs(3));
}

TEST_F(ListWatchTest, NeverDrawsMoreThanTheTerminalHolds) {
  serve_replies({watching(7), page(50)});
  EXPECT_EQ(lines_of(jobctl({"list", "--watch"}).out), 4U);
}

TEST_F(ListWatchTest, WhatMayPassIsWaitedFor) {
  serve_replies({watching(7), refused(Code::busy, "busy"), page(1), watching(7), refused(Code::internal, "broken")});
  close_output_after(3);
  const Outcome outcome = jobctl({"list", "--watch"});
  EXPECT_EQ(outcome.code, kOutput);
  EXPECT_EQ(lines_of(outcome.out), 2U);
  EXPECT_EQ(jobctl({"list", "--watch"}).code, row(Code::internal).exit_code);
}

TEST_F(ListWatchTest, AnEmptyTableIsDrawnToo) {
  serve_replies({watching(7), page(0)});
  EXPECT_EQ(lines_of(jobctl({"list", "--watch"}).out), 1U);
}

TEST_F(ListWatchTest, WhereNothingCanBeDrawnItNamesWatch) {
  screen_.redraws = false;
  const Outcome outcome = jobctl({"list", "--watch"});
  EXPECT_EQ(outcome.code, kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("jobctl watch"));
}

}  // namespace
}  // namespace jobd::cmd
