// What is read of a finished message when it is submitted.
#include <gtest/gtest.h>

#include "shared/codec.h"

namespace jobd {
namespace {

Result<SubmitEmail> submit(const std::string& raw) {
  const RequestLine line = decode_request(R"({"op":"submit_email","params":{"raw":")" + raw + R"("}})");
  if (!line.request) return line.request.error();
  return std::get<SubmitEmail>(*line.request);
}

TEST(RawEmail, CommentsAreNoAddresses) {
  const auto mail = submit(R"(To: Bob (b, c) <b@x.org>\nFrom: root@x.org (Cron)\n\nCc: of@text.org)");
  ASSERT_TRUE(mail) << mail.error().message;
  EXPECT_EQ(mail->email.to, (std::vector<Mailbox>{{"Bob", "b@x.org"}}));
  EXPECT_EQ(mail->email.from, (Mailbox{"", "root@x.org"}));
  EXPECT_TRUE(mail->email.cc.empty());
}

TEST(RawEmail, HasAnEmptyLineBehindItsFields) {
  const Error error = submit(R"(To: a@x.org\nHi,\nBcc: b@x.org\n\nx)").error();
  EXPECT_EQ(error.field, "raw");
  EXPECT_EQ(error.message, "raw has behind its fields a line that is none, where an empty one must stand: \"Hi,\"");
  EXPECT_TRUE(submit(R"(To: a@x.org)"));
}

// What an older version took, it took.
TEST(RawEmail, OfAStoreIsReadAsItIs) {
  for (const char* raw : {"VG86IGFAeC5vcmcKSGksCkJjYzogYkB4Lm9yZwoKeA==", "aGkKVG86IGFAeC5vcmcKCng="}) {
    const auto kept = decode_email(R"({"to":"a@x.org","from":"b@x.org","raw_base64":")" + std::string(raw) + R"("})");
    EXPECT_TRUE(kept) << kept.error().message;
  }
}

TEST(RawEmail, BeginsWithAField) {
  EXPECT_EQ(submit(R"( Bcc: b@x.org\nTo: a@x.org\n\nx)").error().message, "raw must begin with header fields");
  EXPECT_TRUE(submit(R"(\ufeffTo: a@x.org\n\nx)"));
}

}  // namespace
}  // namespace jobd
