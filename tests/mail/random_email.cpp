#include "tests/mail/random_email.h"

#include <array>

namespace jobd::testing {
namespace {

constexpr std::array<std::string_view, 26> kPieces{
    "a",    "word", "Hello,", " ", "  ", "ä", "漢字",  "😀",     "\"",     "\\", "=?utf-8?q?x?=", "=?", "?=",
    "שלום", ";",    "<a@b>",  ".", "=",  "_", "From ", "%0d%0a", "=0D=0A", "é",  "\u2028",        "(",  "\u200d"};

}  // namespace

std::string RandomEmail::words(std::size_t bytes_max) {
  std::string out;
  const std::size_t size = one_in(8) ? below(bytes_max) : below(80);
  while (out.size() < size) {
    const std::string_view piece = kPieces[below(one_in(3) ? 4 : kPieces.size())];
    for (std::size_t again = one_in(30) ? below(120) : 1; again > 0; --again) out += piece;
  }
  while (out.size() > bytes_max) {
    do out.pop_back();
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0U) == 0x80U);
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xc0U) out.pop_back();
  }
  return out;
}

std::string RandomEmail::lines() {
  static constexpr std::array<std::string_view, 5> kEnds{"\n", "\r\n", "\r", "\n\n", "\t \n"};
  std::string out;
  for (std::size_t n = below(12); n > 0; --n) {
    const bool ascii = one_in(2);
    std::string line = ascii ? std::string(below(100), 'x') : words(2000);
    if (one_in(20)) line = ".";
    (out += line) += kEnds[below(kEnds.size())];
  }
  return one_in(3) ? out : out + words(100);
}

Mailbox RandomEmail::mailbox() {
  static constexpr std::array<std::string_view, 4> kAddresses{"user@example.com", "\"a b\"@example.com",
                                                              "x@bücher.example",
                                                              "a.very.long.local.part@a.very.long.domain.example.com"};
  return {one_in(2) ? "" : words(998), std::string(kAddresses[below(kAddresses.size())])};
}

Email RandomEmail::plain() {
  Email email;
  email.from = mailbox();
  for (auto* list : {&email.to, &email.cc, &email.bcc, &email.reply_to}) {
    for (std::size_t n = one_in(2) ? 0 : below(6); n > 0; --n) list->push_back(mailbox());
  }
  email.subject = words(998);
  if (!one_in(10)) email.text = lines();
  for (std::size_t n = below(3); n > 0; --n) email.headers.push_back({"X-Header-" + std::to_string(n), words(800)});
  return email;
}

}  // namespace jobd::testing
