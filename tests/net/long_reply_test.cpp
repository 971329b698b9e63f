// A long content is put into words aside, on both doors, and keeps its place among the answers.
#include "daemon/net/http_dialogue.h"
#include "daemon/net/line_dialogue.h"
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class LongReply : public HallFixture {
 protected:
  LongReply() {
    hall_.request_bytes = 2 * limits::kLongRequestBytes;
    const auto dialogue = make_line_dialogue(hall_, {"uid:1"}, [] {});
    const std::string told =
        HallFixture::say(*dialogue, R"({"op":"submit_email","params":{"to":"a@x.org","body":")" + body + "\"}}\n");
    id = told.substr(told.find(R"("id":")") + 6, 36);
    hall_.aside = [this](std::function<void()> work, std::function<void()> done) {
      aside.push_back(std::move(work));
      aside.push_back(std::move(done));
    };
  }
  void take_aside() {
    for (const auto& step : std::exchange(aside, {})) step();
  }
  std::string get() const {
    return R"({"id":"an id that is no small string","op":"get_job","params":{"id":")" + id +
           R"(","include":"content"}})" + "\n";
  }

  const HostRule rule_{false, {"box"}, {}};
  const std::string body = std::string(limits::kLongRequestBytes + 1, 'x');
  const std::string ping = R"({"id":2,"op":"ping"})"
                           "\n";
  std::string id;
  std::vector<std::function<void()>> aside;
};

TEST_F(LongReply, OfALineStandsBeforeWhatWasAskedLater) {
  const auto dialogue = make_line_dialogue(hall_, {"uid:1"}, [this] { ++wakes_; });
  EXPECT_THAT(HallFixture::say(*dialogue, get() + ping), IsEmpty());
  ASSERT_THAT(aside, SizeIs(2));
  const int before = wakes_;
  take_aside();
  EXPECT_GT(wakes_, before);
  const auto lines = lines_of(hear(*dialogue));
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], StartsWith(R"({"id":"an id that is no small string","status":200)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("body":")" + body + '"'));
  EXPECT_THAT(lines[1], StartsWith(R"({"id":2,"status":200)"));
}

TEST_F(LongReply, OfALineHoldsTheDialogueOpen) {
  const auto dialogue = make_line_dialogue(hall_, {"uid:1"}, [] {});
  HallFixture::say(*dialogue, get());
  dialogue->input_ended();
  EXPECT_FALSE(dialogue->over());
  take_aside();
  EXPECT_THAT(hear(*dialogue), EndsWith("\n"));
  EXPECT_TRUE(dialogue->over());
}

TEST_F(LongReply, IsNotMadeForNobody) {
  auto dialogue = make_line_dialogue(hall_, {"uid:1"}, [] {});
  HallFixture::say(*dialogue, get());
  dialogue->abandon();
  dialogue.reset();
  take_aside();
}

TEST_F(LongReply, OfHttpStandsBeforeWhatWasAskedLater) {
  const auto dialogue = make_http_dialogue(hall_, rule_, {"uid:1"}, [] {});
  const std::string asked = request("GET /jobs/" + id + "?include=content") + request("GET /healthz");
  EXPECT_THAT(HallFixture::say(*dialogue, asked), IsEmpty());
  ASSERT_THAT(aside, SizeIs(2));
  take_aside();
  const auto answers = answers_in(hear(*dialogue));
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_THAT(answers[0].body, HasSubstr(R"("body":")" + body + '"'));
  EXPECT_THAT(answers[1].body, HasSubstr("version"));
}

TEST_F(LongReply, BegunBeforeTheEndSaysThatItIsTheLast) {
  const auto dialogue = make_http_dialogue(hall_, rule_, {"uid:1"}, [] {});
  HallFixture::say(*dialogue, request("GET /jobs/" + id + "?include=content"));
  ASSERT_THAT(aside, SizeIs(2));
  dialogue->finish();
  take_aside();
  const auto answers = answers_in(hear(*dialogue));
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].field("Connection"), "close");
  EXPECT_THAT(answers[0].body, HasSubstr(R"("body":")" + body + '"'));
  EXPECT_TRUE(dialogue->over());
}

TEST_F(LongReply, OfAShortContentIsGivenAtOnce) {
  const auto dialogue = make_line_dialogue(hall_, {"uid:1"}, [] {});
  const std::string told = HallFixture::say(*dialogue, R"({"op":"submit_email","params":{"to":"a@x.org","body":"x"}})"
                                                       "\n");
  id = told.substr(told.find(R"("id":")") + 6, 36);
  EXPECT_THAT(HallFixture::say(*dialogue, get()), HasSubstr(R"("body":"x")"));
  EXPECT_THAT(aside, IsEmpty());
}

}  // namespace
}  // namespace jobd::testing
