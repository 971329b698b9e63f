// compose_bench [MAILS]: what a mail costs to compose, in microseconds: a text alone, by the short way and by GMime's,
// a text beside HTML with an attachment, and what comes before it, the content read back from its JSON.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "daemon/core/kept_email.h"
#include "daemon/mail/compose.h"
#include "shared/codec.h"

namespace {

using namespace jobd;

const MessageFacts kFacts{*JobId::parse("019ca937-1c00-7001-8000-00000000002a"), Time{}, "mail.example.com"};

Email a_mail(const std::string& name, const std::string& subject, const std::string& line) {
  Email email;
  email.from = Mailbox{"App", "app@example.com"};
  email.to = {{name, "user@example.com"}};
  email.subject = subject;
  email.text.emplace();
  for (int i = 0; i < 10; ++i) *email.text += line + "\n";
  return email;
}

void measure(const char* what, long mails, const std::function<std::size_t()>& work) {
  std::size_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (long i = 0; i < mails; ++i) bytes += work();
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  std::printf("%-44s %8.2f us  %6zu bytes\n", what, took.count() / static_cast<double>(mails),
              bytes / static_cast<std::size_t>(mails));
}

}  // namespace

int main(int argc, char** argv) {
  const long mails = argc > 1 ? std::atol(argv[1]) : 100'000;
  const Email ascii = a_mail("Ann Lee", "Your order 42 is on its way", std::string(80, 'x'));
  const Email utf8 =
      a_mail("Jörg Müller", "Grüße aus Köln", "Schöne Grüße und noch mehr Text in einer ganz gewöhnlichen Zeile");
  Email parts = ascii;
  parts.html = "<p>Your order</p>";
  parts.attachments = {{"order.pdf", std::string(3000, '\x80'), "application/pdf", ""}};
  measure("text, ASCII", mails, [&] { return compose_plain(ascii, kFacts)->size(); });
  measure("text, ASCII, by GMime", mails / 10, [&] { return compose_mime(ascii, kFacts)->size(); });
  measure("text, UTF-8", mails, [&] { return compose_plain(utf8, kFacts)->size(); });
  measure("text, UTF-8, by GMime", mails / 10, [&] { return compose_mime(utf8, kFacts)->size(); });
  measure("text, HTML and an attachment", mails / 10, [&] { return compose_mime(parts, kFacts)->size(); });
  const std::string kept = pack_email(ascii);
  const std::string json = encode_email(ascii);
  measure("reading the content back", mails, [&] { return unpack_email(kept)->subject.size(); });
  measure("reading it back from JSON", mails, [&] { return unpack_email(json)->subject.size(); });
}
