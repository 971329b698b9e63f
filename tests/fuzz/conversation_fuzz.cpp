// Conversation: whatever a server says and whatever happens beside, the promises of tests/mail/watched_session.h hold.
//
// An input is a story: a line that begins with "!" is an event of the shell, any other is the server's. What the shell
// does by itself (write, shake hands, give a secret) it does before each line, at once or piece by piece as chance has
// it, and not at all between "!hang" and "!go".
#include <string>

#include "tests/fuzz/target.h"
#include "tests/mail/watched_session.h"

namespace jobd::fuzz {
namespace {

using smtp::Terms;
using smtp::WatchedSession;

Terms terms_of(std::uint64_t variant) {
  Terms terms{.ehlo_name = "c"};
  terms.pipelining = variant % 2 == 0;
  if (variant >= 2) terms.tls = TlsLevel::verify;
  terms.log_in = variant >= 2;
  terms.implicit_tls = variant == 3;
  return terms;
}

void happens(WatchedSession& session, std::string_view event) {
  using namespace std::chrono_literals;
  if (event == "mail") return session.begin({});
  if (event == "mails") return session.begin({.recipients = 5});
  if (event == "hold") return session.begin({.hold = true});
  if (event == "ask") return session.begin({.only_ask = true});
  if (event == "large") return session.begin({.bytes = 100000});
  if (event == "yes") return session.permit(true);
  if (event == "no") return session.permit(false);
  if (event == "wait") return session.advance(10s);
  if (event == "late") return session.time_out();
  if (event == "lost") return session.lose();
  if (event == "stop") return session.abort();
  if (event == "locked") return session.give_no_credentials();
}

void shell_goes_on(WatchedSession& session, Chance& chance, bool slowly) {
  session.secure();
  if (!slowly || chance.below(4) != 0) session.give_credentials(chance.below(2) == 0);
  for (int i = 0; i < 8; ++i) session.write(slowly ? 1 + chance.below(200) : 1UL << 20);
}

void tell(std::string_view story, std::uint64_t variant) {
  Chance chance(story, variant);
  WatchedSession session(terms_of(variant));
  session.begin({.recipients = 2, .hold = chance.below(4) == 0});
  session.connect();
  bool hangs = false;
  while (!story.empty()) {
    const std::size_t end = std::min(story.find('\n'), story.size() - 1);
    const std::string_view line = story.substr(0, end + 1);
    story.remove_prefix(end + 1);
    if (line == "!hang\n" || line == "!go\n") hangs = line == "!hang\n";
    if (!hangs) shell_goes_on(session, chance, variant % 2 == 1);
    if (line.starts_with('!')) {
      happens(session, line.substr(1, line.find('\n') - 1));
    } else {
      in_pieces(line, chance.below(3) == 0 ? Cut::few : Cut::whole, [&](std::string_view piece) {
        session.receive(piece);
        return !session.conversation().closed();
      });
    }
  }
  session.finish();
  for (const std::string& promise : session.broken()) expect(false, promise.c_str(), session.transcript());
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const std::uint64_t variant : {0U, 1U, 2U, 3U}) jobd::fuzz::tell(jobd::fuzz::text_of(data, size), variant);
  return 0;
}
