// A stream of emails whole: real descriptors on both sides, a jobd that says what the test tells it to.
#include "cmd/submit_lines.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "cmd/exit_code.h"
#include "shared/descriptor.h"
#include "shared/json.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kLine = R"({"to":"user@example.com","subject":"Hello","body":"Test email"})"
                              "\n";

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  void write(std::string_view bytes) const {
    EXPECT_EQ(::write(in.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  // Waits for it.
  std::string read_line() const {
    std::string line;
    for (char c = 0; ::read(out.get(), &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

  Descriptor out;  // what is read
  Descriptor in;   // what is written to
};

std::string answer_to(const std::string& request, const Job& job) {
  return encode_reply(decode_request(request).id, Submitted{job});
}
std::string refuse(const std::string& request, const Error& error) {
  return encode_reply(decode_request(request).id, error);
}

class SubmitLinesTest : public RunTest {
 protected:
  void serve_all() {
    serve([](const std::string& line, std::size_t) { return answer_to(line, a_job(JobStatus::pending)); });
  }

  Outcome submit_all(const std::string& input, const SubmitLines& submit = {}, const Clock& clock = SteppingClock()) {
    const Descriptor in(::open(folder_.write("in", input).c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor out(::open(folder_.write("out", "").c_str(), O_WRONLY | O_CLOEXEC));
    const int code = run(submit, clock, {in.get(), out.get()});
    std::ostringstream written;
    written << std::ifstream(folder_.file("out")).rdbuf();
    return {code, written.str(), err_.str()};
  }
  int run(const SubmitLines& submit, const Clock& clock, LineStreams streams) {
    Console console{none_, false, nowhere_, err_};
    return submit_lines(submit, {socket()}, console, clock, 42, streams);
  }
  std::vector<std::string> keys_heard() const {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < server_->lines().size(); ++i) keys.push_back(heard(i).idempotency_key);
    return keys;
  }

  std::istringstream none_;
  std::ostringstream nowhere_;
  std::ostringstream err_;
};

// "1 pending", "2 busy".
std::string summary(const std::string& line) {
  const Json json = *parse_json(line);
  const auto what = json.contains("job") ? json["job"]["status"] : json["error"]["code"];
  return std::to_string(json["line"].get<int>()) + ' ' + what.get<std::string>();
}
std::vector<std::string> summaries(const std::string& out) {
  std::istringstream stream(out);
  std::vector<std::string> all;
  for (std::string line; std::getline(stream, line);) all.push_back(summary(line));
  return all;
}

TEST_F(SubmitLinesTest, EachLineHasItsResult) {
  serve_all();
  const Outcome outcome = submit_all(std::string(kLine) + "\n" + kLine + "{}");
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(summaries(outcome.out), ElementsAre("1 pending", "3 pending", "4 pending"));
  EXPECT_EQ(outcome.err, "");
}

TEST_F(SubmitLinesTest, OfNothingIsNothing) {
  serve_all();
  const Outcome outcome = submit_all("");
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(SubmitLinesTest, ABadLineFailsAloneAndExits65) {
  serve([](const std::string& line, std::size_t) {
    const auto request = decode_request(line);
    return request.request ? answer_to(line, a_job(JobStatus::pending))
                           : encode_reply(request.id, request.request.error());
  });
  const Outcome outcome = submit_all(std::string(kLine) + "{\"to\":5}\n[\n" + kLine);
  EXPECT_EQ(outcome.code, kBadData);
  EXPECT_THAT(summaries(outcome.out), ElementsAre("1 pending", "2 invalid_field", "3 invalid_json", "4 pending"));
  EXPECT_EQ(outcome.err, "jobctl: 2 of 4 emails were not accepted, the first is on line 2\n");
}

TEST_F(SubmitLinesTest, ResultsComeWhileTheInputStandsOpen) {
  serve_all();
  Pipe in;
  const Pipe out;
  auto code = std::async(std::launch::async, [&] { return run({}, SystemClock(), {in.out.get(), out.in.get()}); });
  in.write(kLine);
  EXPECT_EQ(summary(out.read_line()), "1 pending");
  in.write("\n{\"to\":");
  in.write("\"a@example.com\"}\nnonsense\n");
  EXPECT_EQ(summary(out.read_line()), "3 pending");
  EXPECT_EQ(summary(out.read_line()), "4 invalid_json");
  in.write("{}");
  in.in = Descriptor();
  EXPECT_EQ(summary(out.read_line()), "5 pending");
  EXPECT_EQ(code.get(), kBadData);
}

TEST_F(SubmitLinesTest, ManyLinesGoThroughTheWindow) {
  serve_all();
  std::string input;
  for (int i = 0; i < 5000; ++i) input += kLine;
  const Outcome outcome = submit_all(input);
  EXPECT_EQ(outcome.code, kDone);
  const auto told = summaries(outcome.out);
  ASSERT_THAT(told, SizeIs(5000));
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(told[static_cast<std::size_t>(i)], std::to_string(i + 1) + " pending");
}

TEST_F(SubmitLinesTest, ALostConnectionIsMadeAgainAndNothingIsSubmittedTwice) {
  serve([](const std::string& line, std::size_t number) -> std::optional<std::string> {
    if (number == 1) return std::nullopt;
    return answer_to(line, a_job(JobStatus::pending));
  });
  const Outcome outcome = submit_all(std::string(kLine) + kLine + kLine);
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(summaries(outcome.out), ElementsAre("1 pending", "2 pending", "3 pending"));
  EXPECT_EQ(outcome.err, "");
  const auto keys = keys_heard();
  ASSERT_THAT(keys, SizeIs(4));  // the first, the second without an answer, then those without one
  EXPECT_EQ(keys[2], keys[1]);
  EXPECT_NE(keys[3], keys[1]);
}

TEST_F(SubmitLinesTest, WhenJobdStaysAwayEachLineStillHasAResult) {
  serve([](const std::string& line, std::size_t number) -> std::optional<std::string> {
    if (number > 0) return std::nullopt;
    return answer_to(line, a_job(JobStatus::pending));
  });
  const Outcome outcome = submit_all(std::string(kLine) + kLine, {}, SteppingClock(seconds(5)));
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_THAT(summaries(outcome.out), ElementsAre("1 pending", "2 unavailable"));
  EXPECT_EQ((*parse_json(outcome.out.substr(outcome.out.find('\n') + 1)))["idempotency_key"], keys_heard().back());
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("giving up"), HasSubstr("1 of 2 emails")));
}

TEST_F(SubmitLinesTest, GivingUpSaysWhereToGoOn) {
  serve_replies({});
  Pipe in;
  in.write(std::string(kLine) + kLine);
  const Pipe out;
  EXPECT_EQ(run({}, SteppingClock(seconds(5)), {in.out.get(), out.in.get()}), kUnavailable);
  EXPECT_THAT(err_.str(), HasSubstr("nothing was submitted from line 3 on; each line before it has its result"));
}

TEST_F(SubmitLinesTest, WithoutAJobdNothingIsRead) {
  Pipe in;
  in.write(kLine);
  const Pipe out;
  EXPECT_EQ(run({}, SystemClock(), {in.out.get(), out.in.get()}), kUnavailable);
  EXPECT_THAT(err_.str(), HasSubstr("is jobd running?"));
  EXPECT_EQ(in.read_line() + '\n', kLine);
}

TEST_F(SubmitLinesTest, BusyIsWaitedOut) {
  serve([](const std::string& line, std::size_t number) {
    return number < 3 ? refuse(line, {Code::busy, "full", "", milliseconds(1)})
                      : answer_to(line, a_job(JobStatus::pending));
  });
  const Outcome outcome = submit_all(std::string(kLine) + kLine, {}, SteppingClock(milliseconds(1)));
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(summaries(outcome.out), ElementsAre("1 pending", "2 pending"));
  EXPECT_EQ(outcome.err, "");
}

TEST_F(SubmitLinesTest, ALongRefusalIsToldOnce) {
  serve([](const std::string& line, std::size_t number) {
    return number < 9 ? refuse(line, {Code::busy, "the queue is full", "", milliseconds(1)})
                      : answer_to(line, a_job(JobStatus::pending));
  });
  const Outcome outcome = submit_all(kLine, {}, SteppingClock(seconds(2)));
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.err, "jobctl: jobd takes no emails for now: the queue is full; waiting\n");
}

TEST_F(SubmitLinesTest, WaitGivesTheLastState) {
  serve([](const std::string& line, std::size_t number) {
    if (number < 2) return answer_to(line, a_job(JobStatus::pending));
    return encode_reply(decode_request(line).id, a_job(number == 2 ? JobStatus::completed : JobStatus::failed));
  });
  const Outcome outcome = submit_all(std::string(kLine) + kLine, {Wait{}});
  EXPECT_EQ(outcome.code, kUnsuccessful);
  EXPECT_THAT(summaries(outcome.out), ElementsAre("1 completed", "2 failed"));
  EXPECT_EQ(outcome.err, "");
}

TEST_F(SubmitLinesTest, EndsWhenNobodyTakesTheResults) {
  serve_all();
  Pipe in;
  Pipe out;
  out.out = Descriptor();
  EXPECT_EQ(run({}, SystemClock(), {in.out.get(), out.in.get()}), kOutput);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(SubmitLinesTest, OutputThatCannotBeWrittenIsToldOf) {
  serve_all();
  Pipe in;
  in.write(std::string("bad\n\n") + kLine);
  in.in = Descriptor();
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(run({}, SystemClock(), {in.out.get(), full.get()}), kOutput);
  EXPECT_EQ(
      err_.str(),
      "jobctl: cannot write the output: No space left on device\n"
      "jobctl: results are missing from line 1 on; the emails up to line 3 may have been accepted, none behind it\n");
}

TEST_F(SubmitLinesTest, InputThatCannotBeReadIsToldOf) {
  serve_all();
  const Pipe out;
  const Descriptor folder(::open("/tmp", O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  EXPECT_EQ(run({}, SystemClock(), {folder.get(), out.in.get()}), kNoInput);
  EXPECT_EQ(err_.str(), "jobctl: cannot read standard input: Is a directory\n");
}

TEST_F(SubmitLinesTest, AnotherProgramAtTheSocketIsToldOf) {
  serve([](const std::string&, std::size_t) { return "220 mail.example.com ESMTP"; });
  const Outcome outcome = submit_all(kLine);
  EXPECT_EQ(outcome.code, kSoftware);
  EXPECT_THAT(summaries(outcome.out), ElementsAre("1 internal"));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("is another program listening there?"), Not(HasSubstr("nothing was"))));
}

TEST_F(SubmitLinesTest, AJobdThatNeverAnswersIsGivenUp) {
  serve([](const std::string&, std::size_t) { return ""; });
  const Outcome outcome = submit_all(kLine, {}, SteppingClock(seconds(200)));
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_THAT(outcome.err, HasSubstr("jobd does not answer"));
}

TEST_F(SubmitLinesTest, TheCommandLineLeadsHere) {
  serve_all();
  const Outcome outcome = jobctl({"submit-email", "--json-lines", "--body", "x"});
  EXPECT_EQ(outcome.code, kUsage);
  EXPECT_THAT(server_->lines(), IsEmpty());
}

}  // namespace
}  // namespace jobd::cmd
