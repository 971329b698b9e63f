// The HTTP door: bytes of one connection through a real service on a fake store. However they come, the same bytes go
// out; what goes out are well-formed responses; at its end the connection leaves nothing behind.
//
// The clock stands still but where a wait is to end, and ids are the same in each run: dictionaries/http.dict has that
// of a connection's first job.
#include <array>
#include <memory>
#include <string>

#include "daemon/net/http_dialogue.h"
#include "tests/fuzz/http_responses.h"
#include "tests/fuzz/target.h"
#include "tests/support/turn_desk.h"

namespace jobd::fuzz {
namespace {

constexpr std::size_t kRequestBytes = 1500;
constexpr Duration kLongerThanAnyWait = std::chrono::seconds(61);
constexpr Duration kLongerThanAnyPatience = std::chrono::minutes(5);

// When the store takes its turns: at once, so that what a request finds there does not depend on what came with it, or
// when all bytes are there.
enum class Turns : std::uint8_t { at_once, late };
enum class End : std::uint8_t { half_closed, silent };

class Connection {
 public:
  explicit Connection(Turns turns) : turns_(turns) {
    hall_.request_bytes = kRequestBytes;
    desk_.on_post = [this] {
      if (turns_ == Turns::at_once) work();
    };
    dialogue_ = make_http_dialogue(hall_, rule_, {"http"}, [] {});
  }

  void send(std::string_view bytes, Cut cut) {
    in_pieces(bytes, cut, [this](std::string_view piece) {
      if (!dialogue_->wants_input()) end_waits();
      if (!dialogue_->wants_input()) return false;
      const std::span<char> room = dialogue_->room(piece.size());
      expect(room.size() >= piece.size(), "there is the room that was asked for");
      std::ranges::copy(piece, room.begin());
      dialogue_->received(piece.size());
      if (turns_ == Turns::at_once) hear();
      return true;
    });
  }

  // All that came out of it from its beginning.
  std::string end(End how) {
    hear();
    end_waits();
    if (how == End::silent) {
      clock_.advance(kLongerThanAnyPatience);
      dialogue_->step(clock_.now());
    } else {
      dialogue_->input_ended();
    }
    hear();
    end_waits();
    dialogue_->finish();
    hear();
    expect(dialogue_->over(), "a connection comes to its end");
    dialogue_.reset();
    expect(*hall_.bytes_in_hand == 0, "a connection gives back its part of the budget");
    return std::move(out_);
  }

 private:
  static ServiceSettings settings() {
    ServiceSettings settings;
    settings.acceptance.default_from = Mailbox{"", "app@example.com"};
    return settings;
  }

  void work() {
    if (std::exchange(working_, true)) return;
    while (desk_.has_work()) desk_.turn(service_);
    working_ = false;
  }

  void hear() {
    for (std::size_t before = out_.size() + 1; before != out_.size();) {
      work();
      before = out_.size();
      out_ += dialogue_->output(0);
    }
  }

  void end_waits() {
    hear();
    if (!service_.next_deadline()) return;
    clock_.advance(kLongerThanAnyWait);
    service_.step(clock_.now());
    hear();
  }

  const Turns turns_;
  const HostRule rule_{false, {"box"}};
  testing::FakeClock clock_;
  testing::FakeRandom random_;
  testing::TurnDesk desk_{clock_};
  Service service_{desk_, clock_, random_, settings(), 0};
  Hall hall_{service_, clock_};
  std::shared_ptr<Dialogue> dialogue_;
  bool working_ = false;
  std::string out_;
};

std::string answer(std::string_view bytes, Turns turns, Cut cut, End end) {
  Connection connection(turns);
  connection.send(bytes, cut);
  return connection.end(end);
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobd::fuzz;
  const std::string_view bytes = text_of(data, size);
  const bool asks_heads = bytes.find("HEAD ") != std::string_view::npos;
  for (const End end : {End::half_closed, End::silent}) {
    const std::string right = answer(bytes, Turns::at_once, Cut::whole, end);
    const std::size_t responses = count_responses(right, asks_heads);
    for (const Cut cut : {Cut::bytes, Cut::many}) {
      expect_equal(answer(bytes, Turns::at_once, cut, end), right, "the same comes out, however the bytes come");
    }
    const std::string late = answer(bytes, Turns::late, Cut::few, end);
    expect(count_responses(late, asks_heads) == responses, "each request has its response, however late", late);
  }
  return 0;
}
