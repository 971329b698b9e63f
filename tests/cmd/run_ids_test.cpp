// Ids from the arguments and from standard input: status, why, cancel, retry, delete.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ios>
#include <sstream>
#include <streambuf>

#include "cmd/exit_code.h"
#include "cmd/ids.h"
#include "cmd/session.h"
#include "shared/codec.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kOne = kId;
const std::string kTwo = kOtherId;

std::string told_of(const char* id, JobStatus status) {
  Job job = a_job(status);
  job.id = *JobId::parse(id);
  return encode_reply({}, job);
}

TEST_F(RunTest, StoriesOfSeveralJobsStandApart) {
  serve_replies({told_of(kId, JobStatus::failed), told_of(kOtherId, JobStatus::held)});
  const Outcome outcome = jobctl({"status", kId, kOtherId});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(outcome.out, AllOf(StartsWith("Job        " + kOne), HasSubstr("\n\nJob        " + kTwo)));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\n\n\n")));
}

TEST_F(RunTest, JsonOfOneIsTheJobOfSeveralAList) {
  serve_replies({told(JobStatus::failed), told(JobStatus::failed), told(JobStatus::failed), told(JobStatus::failed),
                 told(JobStatus::failed), refused(Code::not_found, "no such job")});
  EXPECT_THAT(jobctl({"status", kId, "--json"}).out, StartsWith("{\"id\""));
  const std::string two = jobctl({"status", kId, kId, "--json"}).out;
  EXPECT_THAT(two, AllOf(StartsWith("[{\"id\""), HasSubstr("},\n{")));
  EXPECT_TRUE(two.ends_with("}]\n")) << two;
  const std::string lines = jobctl({"status", kId, kId, "--json-lines"}).out;
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
  EXPECT_TRUE(decode_job(lines.substr(0, lines.find('\n'))));
  input_ = kOne + "\n";
  const Outcome none = jobctl({"status", "-", "--json"});
  EXPECT_EQ(none.out, "[]\n");
  EXPECT_EQ(none.code, kNoInput);
}

TEST_F(RunTest, IdsComeFromStandardInputAfterThoseOfTheArguments) {
  serve_replies({told_of(kId, JobStatus::cancelled), told_of(kOtherId, JobStatus::cancelled)});
  input_ = "\n  " + kTwo + "\r\n";
  EXPECT_EQ(jobctl({"cancel", kId, "-"}).out, kOne + " cancelled\n" + kTwo + " cancelled\n");
}

TEST_F(RunTest, WhatJobctlPrintsCanBePipedOn) {
  const std::string pending = told(JobStatus::pending);
  serve_replies({pending, pending, pending, pending});
  const std::string job = encode_job(a_job(JobStatus::failed));
  input_ = kOne + "  failed  2026\n" + kOne + " cancelled\n" + job + "\n" + R"({"line":1,"job":)" + job + "}\n" +
           R"({"line":2,"error":{"code":"invalid_value"}})";
  const Outcome outcome = jobctl({"retry", "-"});
  EXPECT_EQ(outcome.code, kBadData);
  EXPECT_THAT(outcome.err, AllOf(StartsWith("jobctl: standard input, line 5: \"{"), HasSubstr("\" has no job id\n")));
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 4) << outcome.out;
}

TEST_F(RunTest, WhatChangesJobsReadsStandardInputOnlyWhenTold) {
  input_ = kOne + "\n";
  for (const char* name : {"cancel", "retry", "delete"}) {
    const Outcome outcome = jobctl({name});
    EXPECT_EQ(outcome.code, kUsage) << name;
    EXPECT_THAT(outcome.err, HasSubstr("- for standard input")) << name;
  }
}

TEST_F(RunTest, AWaitIsForAllTogether) {
  serve_replies({told(JobStatus::pending), told(JobStatus::pending)});
  EXPECT_EQ(jobctl({"status", kId, kOtherId, "--wait=25s"}, SteppingClock(std::chrono::seconds(10))).code, kUnfinished);
  EXPECT_EQ(heard_wait(0), std::chrono::seconds(15));
  EXPECT_EQ(heard_wait(1), Duration{});
}

TEST_F(RunTest, ABadLineIsToldByItsNumberAndTheOthersGoThrough) {
  serve_replies({told(JobStatus::cancelled), told(JobStatus::cancelled)});
  input_ = kOne + "\n\nnonsense\x1b[2J here\n" + kOne + "\n" + std::string(1UL << 20, 'x') + "\n";
  const Outcome outcome = jobctl({"cancel", "-"});
  EXPECT_EQ(outcome.code, kBadData);
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("jobctl: standard input, line 3: \"nonsense\\u001b[2J\" is no job id\n"),
                                 HasSubstr("line 5: ")));
}

TEST_F(RunTest, NoIdsOnStandardInputAreNoError) {
  const Outcome outcome = jobctl({"cancel", "-"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(RunTest, StandardInputThatCannotBeReadExits66) {
  class Unreadable final : public std::streambuf {
    int_type underflow() override { throw std::ios::failure("closed"); }
  } buffer;
  std::istream in(&buffer);
  std::ostringstream out;
  std::ostringstream err;
  Console console{in, false, out, err};
  const Ids ids{{}, true};
  IdSource source(ids, console);
  EXPECT_FALSE(source.next());
  EXPECT_EQ(source.code(), kNoInput);
  EXPECT_EQ(err.str(), "jobctl: standard input cannot be read\n");
}

// Knows how much of what it holds has been flushed.
class FlushedBuffer final : public std::stringbuf {
 public:
  std::size_t flushed = 0;

 private:
  int sync() override {
    flushed = str().size();
    return 0;
  }
};

// Gives a part at a time, as a pipe does, and tells when it is waited for.
class Parts final : public std::streambuf {
 public:
  Parts(std::vector<std::string> parts, std::function<void()> at_wait)
      : parts_(std::move(parts)), at_wait_(std::move(at_wait)) {}

 private:
  int_type underflow() override {
    at_wait_();
    if (given_ == parts_.size()) return traits_type::eof();
    std::string& part = parts_[given_++];
    setg(part.data(), part.data(), part.data() + part.size());
    return traits_type::to_int_type(part.front());
  }

  std::vector<std::string> parts_;
  std::size_t given_ = 0;
  const std::function<void()> at_wait_;
};

TEST_F(RunTest, NoResultIsHeldBackWhileMoreInputIsWaitedFor) {
  serve_replies({told(JobStatus::cancelled), told(JobStatus::cancelled), told(JobStatus::cancelled)});
  FlushedBuffer buffer;
  std::ostream out(&buffer);
  std::ostringstream err;
  std::vector<std::size_t> held_back;
  std::vector<std::ptrdiff_t> told_before;
  Parts parts({kOne + "\n" + kOne + "\n" + kOne.substr(0, 10), kOne.substr(10) + "\n"}, [&] {
    held_back.push_back(buffer.str().size() - buffer.flushed);
    told_before.push_back(std::ranges::count(buffer.str(), '\n'));
  });
  std::istream in(&parts);
  Console console{in, false, out, err};
  const SteppingClock clock;
  EXPECT_EQ(run({"--socket", socket(), "cancel", "-"}, console, outside_, clock, 1), kDone);
  EXPECT_THAT(held_back, AllOf(SizeIs(3), ::testing::Each(0U)));
  EXPECT_THAT(told_before, ::testing::ElementsAre(0, 2, 3));
  EXPECT_EQ(buffer.str(), kOne + " cancelled\n" + kOne + " cancelled\n" + kOne + " cancelled\n");
}

// Each is answered once jobd has heard the last of its run.
TEST_F(RunTest, ManyIdsAreSentAtOnceAndToldInOrder) {
  constexpr std::size_t kAtOnce = Session::kAtOnce;
  constexpr std::size_t kIds = kAtOnce + 44;
  std::string wanted;
  for (std::size_t i = 0; i < kIds; ++i) {
    std::string id = kOne;
    id.replace(id.size() - 3, 3, std::to_string(100 + i));
    input_ += id + "\n";
    wanted += id + " cancelled\n";
  }
  const std::string cancelled = told(JobStatus::cancelled);
  serve([&](const std::string&, std::size_t number) -> std::optional<std::string> {
    const bool is_last = number == kAtOnce - 1 || number == kIds - 1;
    std::string replies;
    for (std::size_t i = 0; is_last && i <= number % kAtOnce; ++i) replies += cancelled + "\n";
    return replies;
  });
  EXPECT_EQ(jobctl({"cancel", "-"}).out, wanted);
  EXPECT_THAT(server_->lines(), SizeIs(kIds));
}

TEST_F(RunTest, OfALostConnectionEachIdThatHadNoAnswerIsToldAndNoneIsSentAgain) {
  serve_replies({told(JobStatus::pending), std::nullopt});
  const Outcome outcome = jobctl({"retry", kId, kOtherId, kId});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_EQ(outcome.out, kOne + " pending\n");
  EXPECT_THAT(outcome.err, AllOf(StartsWith("jobctl: " + kTwo + ": "), HasSubstr("\njobctl: " + kOne + ": ")));
  EXPECT_THAT(server_->lines(), SizeIs(2));
}

TEST_F(RunTest, WhyIsASentenceForEach) {
  serve_replies({told(JobStatus::completed), refused(Code::not_found, "no such job"), told(JobStatus::held)});
  const Outcome outcome = jobctl({"why", kId, kId, kId});
  EXPECT_EQ(outcome.code, kNoInput);
  EXPECT_EQ(std::ranges::count(outcome.out, '\n'), 2) << outcome.out;
  EXPECT_THAT(outcome.out, AllOf(StartsWith(kOne + ": "), HasSubstr("\n" + kOne + ": ")));
}

TEST_F(RunTest, DeletedIdsAreTold) {
  serve_replies({encode_reply({}, Deleted{}), refused(Code::conflict, "the job is pending")});
  const Outcome outcome = jobctl({"delete", kId, kOtherId});
  EXPECT_EQ(outcome.code, kBadData);
  EXPECT_EQ(outcome.out, kOne + " deleted\n");
  EXPECT_EQ(outcome.err, "jobctl: " + kTwo + ": the job is pending\n");
  EXPECT_EQ(heard_as<DeleteJob>(0).id.text(), kOne);
}

TEST_F(RunTest, ManyIdsOnStandardInputAreAskedForAtATerminal) {
  input_ = kOne + "\n" + kTwo + "\n";
  outside_.person = "n";
  const Outcome refused = jobctl({"delete", "-"});
  EXPECT_EQ(refused.code, kUnsuccessful);
  EXPECT_EQ(refused.err, "jobctl: nothing was changed\n");
  EXPECT_THAT(outside_.asked, ::testing::ElementsAre("Delete 2 jobs? [y/N] "));
  serve_replies({encode_reply({}, Deleted{}), encode_reply({}, Deleted{})});
  outside_.person = "Yes";
  EXPECT_EQ(jobctl({"delete", "-"}).out, kOne + " deleted\n" + kTwo + " deleted\n");
}

TEST_F(RunTest, MoreThanGoAtOnceAreAllChangedWhenAPersonAgrees) {
  constexpr std::size_t kNumber = Session::kAtOnce + 44;
  std::string told;
  for (std::size_t i = 0; i < kNumber; ++i) {
    const std::string id = kOne.substr(0, kOne.size() - 3) + std::to_string(100 + i);
    input_ += id + "\n";
    told += id + " deleted\n";
  }
  serve_replies(std::vector<std::optional<std::string>>(kNumber, encode_reply({}, Deleted{})));
  outside_.person = "y";
  const Outcome agreed = jobctl({"delete", "-"});
  EXPECT_EQ(agreed.code, kDone);
  EXPECT_EQ(agreed.out, told);
  EXPECT_THAT(outside_.asked, ::testing::ElementsAre("Delete 300 jobs? [y/N] "));
  EXPECT_THAT(server_->lines(), SizeIs(kNumber));
}

TEST_F(RunTest, OneIdOrNamedOnesOrYesAreNotAskedFor) {
  const std::string cancelled = told(JobStatus::cancelled);
  serve_replies({cancelled, cancelled, cancelled, cancelled, cancelled});
  outside_.person = "n";
  input_ = kOne + "\n";
  EXPECT_THAT(jobctl({"cancel", "-"}).err, IsEmpty());
  EXPECT_THAT(jobctl({"cancel", kId, kId}).err, IsEmpty());
  input_ = kOne + "\n" + kOne + "\n";
  EXPECT_THAT(jobctl({"cancel", "-", "--yes"}).err, IsEmpty());
  EXPECT_THAT(server_->lines(), SizeIs(5));
}

}  // namespace
}  // namespace jobd::cmd
