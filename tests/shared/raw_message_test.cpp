#include "shared/raw_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> names(std::string_view message) {
  std::vector<std::string> out;
  for (const RawField& field : read_header(message).fields) out.emplace_back(field.name);
  return out;
}
std::vector<std::string> addresses(std::string_view value) {
  const auto found = mailboxes_of(value);
  EXPECT_TRUE(found) << value << ": " << found.error().message;
  std::vector<std::string> out;
  for (const Mailbox& each : found ? *found : std::vector<Mailbox>{}) out.push_back(each.name + '|' + each.address);
  return out;
}

TEST(RawMessage, FieldsAreUnfoldedAndEndAtTheEmptyLine) {
  const std::string message = "Subject: one\r\n two\r\nX-Y : z\r\nTo: a@x.org\r\n\r\nCc: not@me\r\n";
  const RawHeader header = read_header(message);
  ASSERT_EQ(header.fields.size(), 3U);
  EXPECT_EQ(header.fields[0].value, "one two");
  EXPECT_EQ(message.substr(header.fields[0].begin, header.fields[0].end - header.fields[0].begin),
            "Subject: one\r\n two\r\n");
  EXPECT_EQ(header.fields[1].name, "X-Y");
  EXPECT_EQ(message.substr(header.end), "\r\nCc: not@me\r\n");
  EXPECT_THAT(header.values("tO"), ElementsAre("a@x.org"));
  EXPECT_THAT(header.values("Cc"), IsEmpty());
}

TEST(RawMessage, HeaderEndsAtALineThatIsNoField) {
  for (const std::string line : {"Hi,", "no field", ": x", "caf\xe9: x", "two words: x"}) {
    const std::string message = "To: a@x.org\n" + line + "\nCc: b@x.org\n\nx";
    EXPECT_THAT(names(message), ElementsAre("To")) << line;
    EXPECT_EQ(read_header(message).end, std::string("To: a@x.org\n").size()) << line;
  }
}

TEST(RawMessage, FirstLineWithABlankInFrontIsNoField) {
  for (const char* message :
       {" 02:18:22 up 6:50\n", "\tTo: a@x.org\n\nx", " Bcc: b@x.org\nTo: a@x.org\n\n", "", "\n"}) {
    EXPECT_THAT(names(message), IsEmpty()) << message;
    EXPECT_EQ(read_header(message).end, 0U) << message;
  }
}

TEST(RawMessage, BeginsBehindWhatIsNoneOfIt) {
  for (const std::string before :
       {"", "\xef\xbb\xbf", "From a Sun Mar  1 12:00:00 2026\n", ">From b\r\n", "From a\r>From b\n",
        "\xef\xbb\xbf"
        "From a\n"}) {
    const RawHeader header = read_header(before + "To: a@x.org\n\nFrom me\n");
    EXPECT_EQ(header.begin, before.size());
    ASSERT_EQ(header.fields.size(), 1U) << before;
    EXPECT_EQ(header.fields[0].begin, before.size());
  }
}

TEST(RawMessage, LinesEndInAnyWay) {
  EXPECT_THAT(names("A: 1\rB: 2\nC: 3\r\nD: 4\r\rE: 5"), ElementsAre("A", "B", "C", "D"));
  EXPECT_THAT(read_header("A: 1\r 2\n 3").values("A"), ElementsAre("1 2 3"));
}

TEST(RawMessage, MailboxesHaveNoComments) {
  EXPECT_THAT(addresses("root@x.de (Cron Daemon)"), ElementsAre("|root@x.de"));
  EXPECT_THAT(addresses("Bob (b, \\) (c)) <b@x.de>, (none)"), ElementsAre("Bob|b@x.de"));
  EXPECT_THAT(addresses("Bob <b@x.de> (work), \"(c)\" <c@x.de>"), ElementsAre("Bob|b@x.de", "(c)|c@x.de"));
  EXPECT_THAT(addresses("\"a\\\"(\" <a@x.de>, team: d@x.de, <e@x.de>;"),
              ElementsAre("a\"(|a@x.de", "|d@x.de", "|e@x.de"));
  EXPECT_THAT(addresses("(none)"), IsEmpty());
}

// Rather than that somebody is left out without a word.
TEST(RawMessage, AListWithoutAnEndIsNone) {
  for (const char* list :
       {"a@x.org (oops, b@y.org, c@z.org", "a@x.org, Bob :( <b@y.org>, c@z.org", "Bob (work <b@x.org>",
        "5\" pipe <a@x.org>, Carl <c@y.org>", "Bob <b@x.org> Ann <a@y.org>", "Bob <b@x.org, a@y.org"}) {
    EXPECT_FALSE(mailboxes_of(list)) << list;
  }
}

TEST(RawMessage, NamesThatAreNoUtf8AreLeftOut) {
  EXPECT_THAT(addresses("J\xf6rg <b@x.de>, J\xc3\xb6rg <c@x.de>"), ElementsAre("|b@x.de", "J\xc3\xb6rg|c@x.de"));
  EXPECT_THAT(mailboxes_of("J\xf6rg@x.de").error().message, StartsWith("\"J\xf6rg@x.de\" is not UTF-8"));
  EXPECT_FALSE(mailboxes_of("J\xf6rg <b>"));
  EXPECT_FALSE(mailboxes_of("b>"));
}

}  // namespace
}  // namespace jobd
