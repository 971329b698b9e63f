#include "daemon/core/kept_email.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/codec.h"

namespace jobd {
namespace {

Email full_email() {
  Email email;
  email.from = Mailbox{"Ann", "ann@example.com"};
  email.to = {{"", "a@x.org"}, {"Bob", "b@x.org"}};
  email.cc = {{"C", "c@x.org"}};
  email.bcc = {{"", "d@x.org"}};
  email.reply_to = {{"", "r@x.org"}};
  email.subject = "Grüße";
  email.text = "text\n";
  email.html = "<p>text</p>";
  email.headers = {{"X-A", "1"}, {"X-B", ""}};
  email.attachments = {{"a.bin", std::string("\0\xff{", 3), "a/b", "id"}, {"b", "", "", ""}};
  return email;
}

TEST(KeptEmail, IsTheEmailThatWasPacked) {
  EXPECT_EQ(*unpack_email(pack_email(full_email())), full_email());
  EXPECT_EQ(*unpack_email(pack_email({})), Email{});
  Email raw;
  raw.raw = std::string("Subject: x\r\n\r\ncaf\xe9");
  EXPECT_EQ(*unpack_email(pack_email(raw)), raw);
}

TEST(KeptEmail, AnEmptyTextIsNotNone) {
  Email email;
  email.text = "";
  const Result<Email> kept = unpack_email(pack_email(email));
  EXPECT_EQ(kept->text, "");
  EXPECT_EQ(kept->html, std::nullopt);
}

TEST(KeptEmail, IsReadFromTheJsonThatOlderStoresHave) {
  EXPECT_EQ(*unpack_email(encode_email(full_email())), full_email());
}

TEST(KeptEmail, StaysReadable) {
  // Version, from without a name; to, and no cc, bcc, reply_to; subject, text, no html, no raw; headers, attachments.
  // clang-format off
  static constexpr char kBytes[] =
      "\1" "\1\0\7a@x.org"
      "\1\3" "Bob\7b@x.org" "\0\0\0"
      "\2Hi" "\1\4text" "\0\0"
      "\1\3X-A\1" "1" "\1\1" "f\2\0\xff" "\0\0";
  // clang-format on
  constexpr std::string_view kFirst(kBytes, sizeof kBytes - 1);
  Email email;
  email.from = Mailbox{"", "a@x.org"};
  email.to = {{"Bob", "b@x.org"}};
  email.subject = "Hi";
  email.text = "text";
  email.headers = {{"X-A", "1"}};
  email.attachments = {{"f", std::string("\0\xff", 2), "", ""}};
  EXPECT_EQ(pack_email(email), kFirst);
  EXPECT_EQ(*unpack_email(kFirst), email);
}

TEST(KeptEmail, NoDamageIsTakenForAnEmail) {
  const std::string kept = pack_email(full_email());
  EXPECT_EQ(unpack_email("").error().code, Code::internal);
  EXPECT_EQ(unpack_email("{").error().code, Code::internal);
  EXPECT_EQ(unpack_email(kept + '\0').error().code, Code::internal) << "something behind it";
  EXPECT_EQ(unpack_email("\x02" + kept.substr(1)).error().code, Code::internal) << "a version to come";
  for (std::size_t size = 0; size < kept.size(); ++size) {
    EXPECT_FALSE(unpack_email(std::string_view(kept).substr(0, size))) << "cut to " << size;
  }
}

}  // namespace
}  // namespace jobd
