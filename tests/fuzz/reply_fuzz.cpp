// ReplyReader: however a server's bytes come, its replies are the same, clean, and within their limits.
#include <string>

#include "daemon/mail/judge_table.h"
#include "daemon/mail/smtp/extensions.h"
#include "daemon/mail/smtp/reply.h"
#include "shared/limits.h"
#include "shared/unicode.h"
#include "tests/fuzz/target.h"

namespace jobd::fuzz {
namespace {

void check(const smtp::Reply& reply, std::string_view bytes) {
  expect(reply.code >= 200 && reply.code < 600, "a code is 200 to 599", bytes);
  expect(!reply.lines.empty() && reply.lines.size() <= smtp::ReplyReader::kLinesMax, "1 line to the most", bytes);
  for (const std::string& line : reply.lines) {
    expect(is_utf8(line) && !has_control(line), "lines are clean UTF-8", line);
  }
  const std::string text = reply.text();
  expect(text.size() <= limits::kReplyBytes && is_utf8(text), "a text is clean and short", text);
  const std::string& enhanced = reply.enhanced_code;
  expect(enhanced.empty() || enhanced.front() - '0' == reply.kind(), "an enhanced code is of its code's class",
         enhanced);
  const auto wait = smtp::wait_asked_for(reply);
  expect(!wait || (*wait >= std::chrono::seconds(1) && *wait <= std::chrono::hours(4)), "a wait is 1 s to 4 h", text);
  smtp::known_meaning(reply);
  for (const std::string& mechanism : smtp::extensions_in(reply).mechanisms) {
    expect(!mechanism.empty() && mechanism.find(' ') == std::string::npos, "a mechanism is one word", mechanism);
  }
}

std::string read(std::string_view bytes, Cut cut) {
  smtp::ReplyReader reader;
  std::string shown;
  in_pieces(bytes, cut, [&](std::string_view piece) {
    reader.feed(piece);
    while (const auto reply = reader.next()) {
      check(*reply, bytes);
      shown += std::to_string(reply->code) + '|' + reply->enhanced_code;
      for (const std::string& line : reply->lines) shown += '|' + line;
      shown += '\n';
    }
    return !reader.broken();
  });
  return shown + (reader.broken() ? "broken" : "");
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobd::fuzz;
  const std::string_view bytes = text_of(data, size);
  const std::string whole = read(bytes, Cut::whole);
  for (const Cut cut : {Cut::bytes, Cut::few, Cut::many}) {
    expect_equal(read(bytes, cut), whole, "the replies are those of the stream, however it comes");
  }
  return 0;
}
