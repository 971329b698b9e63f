#include "daemon/net/line_dialogue.h"

#include <atomic>
#include <map>
#include <memory>
#include <utility>

#include "daemon/net/bytes_in_hand.h"
#include "daemon/net/reply_queue.h"
#include "daemon/net/reply_weight.h"
#include "shared/framing.h"

namespace jobd {
namespace {

class LineDialogue final : public Dialogue, public std::enable_shared_from_this<LineDialogue> {
 public:
  LineDialogue(Hall& hall, Caller caller, Wake wake)
      : hall_(hall),
        caller_{std::move(caller.scope), this},
        wake_(std::move(wake)),
        reader_(hall.request_bytes),
        in_hand_(hall.bytes_in_hand) {}

  std::span<char> room(std::size_t n) override {
    reader_.shrink();  // here alone nothing is being read into it
    return reader_.prepare(n);
  }

  void received(std::size_t n) override {
    reader_.commit(n);
    take_lines();
  }

  void input_ended() override {
    at_end_ = true;
    take_lines();
  }

  bool wants_input() const override { return !at_end_ && !input_over_ && has_room(); }

  std::string output(std::size_t unwritten) override {
    unwritten_ = unwritten;
    take_lines();
    take_events();
    unwritten_ += out_.size();
    return std::exchange(out_, {});
  }

  bool over() const override {
    return input_over_ && !decoding_ && replies_.waiting() == 0 && waits_ == 0 && watches_.empty() && out_.empty();
  }
  bool left_input() const override { return !at_end_; }

  void finish() override {
    input_over_ = true;
    watches_.clear();
    count_bytes_in_hand();
  }

  void refuse(const Error& error) override {
    out_ += encode_reply({}, error) + '\n';
    finish();
  }

  void abandon() override {
    *abandoned_ = true;
    finish();
    hall_.service.forget(this);
  }

  std::optional<Time> deadline() const override {
    if (!long_since_ || !wants_input()) return std::nullopt;
    return *long_since_ + limits::kRequestTime + limits::time_of_slowest(in_hand_.coming());
  }
  void step(Time now) override {
    const std::optional<Time> until = deadline();
    if (!until || *until > now) return;
    refuse_in_turn({Code::busy, "the line was not complete in time; the connection is closed"});
    count_bytes_in_hand();
  }

 private:
  // A request that the service has.
  struct Asked {
    RequestId id;
    std::optional<std::uint64_t> place;  // none: it waits, and is answered out of turn
    std::size_t weight;                  // of what is expected
  };

  bool has_room() const {
    return !decoding_ && !changing_many_ && replies_.waiting() + waits_ < limits::kConnectionRequests &&
           expected_bytes_ < limits::kConnectionExpectedBytes &&
           replies_.bytes() + out_.size() + unwritten_ < limits::kConnectionReplyBytes;
  }

  void take_lines() {
    while (!input_over_ && has_room()) {
      if (const auto line = reader_.next()) {
        take(*line);
      } else if (reader_.overflowed()) {
        refuse_in_turn({Code::too_large, "the line is longer than " + std::to_string(hall_.request_bytes) +
                                             " bytes; the connection is closed"});
      } else if (at_end_) {
        take_rest();
      } else {
        break;
      }
    }
    count_bytes_in_hand();
  }

  // A last line that nobody ended.
  void take_rest() {
    const std::string rest(reader_.rest());
    input_over_ = true;
    if (rest.find_first_not_of(" \t\r") != std::string::npos) take(rest);
  }

  // The long lines that are under way on all connections share one budget, and none may be held for ever.
  void count_bytes_in_hand() {
    in_hand_.set_coming(input_over_ ? 0 : reader_.rest().size());
    const bool is_long = in_hand_.coming() > limits::kShortRequestBytes;
    if (!is_long) long_since_.reset();
    if (is_long && !long_since_) long_since_ = hall_.clock.now();
    if (!in_hand_.is_too_much() || !has_room()) return;
    refuse_in_turn({Code::busy, "too many long lines are under way; try again shortly", "", std::chrono::seconds(1)});
    count_bytes_in_hand();
  }

  // The answer to what is not read to its end: nothing sensible can follow it.
  void refuse_in_turn(const Error& error) {
    answer(replies_.reserve(), encode_reply({}, error));
    input_over_ = true;
  }

  void take(std::string_view line) {
    if (line.size() > limits::kLongRequestBytes && hall_.aside) return decode_aside(std::string(line));
    act(decode_request(line, hall_.codec));
  }

  // Nothing more is taken from this client until it is done: its requests stay in their order.
  void decode_aside(std::string line) {
    decoding_ = true;
    in_hand_.set_aside(line.size());
    const auto request = std::make_shared<RequestLine>(RequestLine{{}, Request{}});
    hall_.aside(
        [&service = hall_.service, codec = hall_.codec, line = std::move(line), request, abandoned = abandoned_] {
          if (*abandoned) return;
          *request = decode_request(line, codec);
          if (request->request) service.prepare(*request->request);
        },
        [self = shared_from_this(), request] {
          self->decoding_ = false;
          self->in_hand_.set_aside(0);
          if (!*self->abandoned_) self->act(std::move(*request));
          self->wake_();
        });
  }

  void act(RequestLine request) {
    if (!request.request) return answer(replies_.reserve(), encode_reply(request.id, request.request.error()));
    if (const auto* watch = std::get_if<Watch>(&*request.request)) return begin_watch(request.id, *watch);
    if (const auto* unwatch = std::get_if<Unwatch>(&*request.request)) return end_watch(request.id, *unwatch);
    ask(std::move(request.id), *std::move(request.request));
  }

  void ask(RequestId id, Request request) {
    const auto* get = std::get_if<GetJob>(&request);
    const bool waits = get != nullptr && get->wait > Duration(0);
    const std::size_t weight = reply_weight(request, hall_.codec.content_bytes);
    expected_bytes_ += weight;
    if (waits) ++waits_;
    const bool several_turns = takes_several_turns(request);
    changing_many_ = several_turns;
    // One that waits takes no place among the others.
    const std::optional<std::uint64_t> place = waits ? std::nullopt : std::optional(replies_.reserve());
    hall_.service.handle(std::move(request), caller_,
                         [self = shared_from_this(), asked = Asked{std::move(id), place, weight},
                          several_turns](Result<Response> response) {
                           if (several_turns) self->changing_many_ = false;
                           self->take_response(asked, std::move(response));
                         });
  }

  // A long one is put into words aside: the other clients do not wait for it.
  void take_response(const Asked& asked, Result<Response> response) {
    if (!hall_.aside || !takes_long_to_write(response)) return tell(asked, reply_of(asked.id, response));
    const auto reply = std::make_shared<std::string>();
    hall_.aside(
        [id = asked.id, response = std::move(response), reply, abandoned = abandoned_] {
          if (!*abandoned) *reply = reply_of(id, response);
        },
        [self = shared_from_this(), asked, reply] { self->tell(asked, std::move(*reply)); });
  }

  static std::string reply_of(const RequestId& id, const Result<Response>& response) {
    return response ? encode_reply(id, *response) : encode_reply(id, response.error());
  }

  void tell(const Asked& asked, std::string reply) {
    expected_bytes_ -= asked.weight;
    if (asked.place) return answer(*asked.place, std::move(reply));
    --waits_;
    say(std::move(reply));
  }

  // Its reply comes out of turn, like a wait's, so that its events never stand before it.
  void begin_watch(const RequestId& id, const Watch& watch) {
    if (watches_.contains(id)) {
      return say(encode_reply(id, Error{Code::invalid_field, "id already names a watch of this connection", "id"}));
    }
    if (watches_.size() == limits::kConnectionWatches) {
      return say(encode_reply(id, Error{Code::conflict, "this connection has as many watches as it may have, " +
                                                            std::to_string(limits::kConnectionWatches)}));
    }
    auto subscription = hall_.service.watch(watch, wake_);
    say(encode_reply(id, Response(Watching{subscription->seq()})));
    watches_.emplace(id, std::move(subscription));
  }

  void end_watch(const RequestId& id, const Unwatch& unwatch) {
    const bool ended = watches_.erase(unwatch.id) == 1;
    const Error unknown{Code::not_found, "there is no such watch on this connection", "id"};
    answer(replies_.reserve(), ended ? encode_reply(id, Response(Unwatched{})) : encode_reply(id, unknown));
  }

  // No more than the client reads: what it leaves is lost to it, not kept for it. The watches take turns.
  void take_events() {
    for (std::size_t silent = 0; silent < watches_.size() && has_room_for_events();) {
      auto next = watches_.upper_bound(last_told_);
      if (next == watches_.end()) next = watches_.begin();
      last_told_ = next->first;
      const std::optional<Event> event = next->second->next();
      silent = event ? 0 : silent + 1;
      if (event) out_ += encode_event(next->first, *event) + '\n';
    }
  }

  bool has_room_for_events() const { return out_.size() + unwritten_ < limits::kWatchUnwrittenBytes; }

  void answer(std::uint64_t place, std::string reply) {
    reply += '\n';
    replies_.fill(place, std::move(reply), out_);
    wake_();
  }

  void say(std::string reply) {
    out_ += reply;
    out_ += '\n';
    wake_();
  }

  Hall& hall_;
  const Caller caller_;
  const Wake wake_;
  LineReader reader_;
  ReplyQueue replies_;
  std::map<RequestId, std::unique_ptr<Subscription>> watches_;
  RequestId last_told_;  // whose turn it was
  std::string out_;      // ready to be written
  std::size_t unwritten_ = 0;
  std::size_t waits_ = 0;
  std::size_t expected_bytes_ = 0;  // what the replies under way may weigh
  BytesInHand in_hand_;
  std::optional<Time> long_since_;  // a line that is not complete is a long one
  const std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
  bool changing_many_ = false;  // in several turns
  bool decoding_ = false;       // a long line, aside
  bool at_end_ = false;         // the client sends nothing more
  bool input_over_ = false;     // nothing more is taken from it
};

}  // namespace

std::shared_ptr<Dialogue> make_line_dialogue(Hall& hall, Caller caller, Wake wake) {
  return std::make_shared<LineDialogue>(hall, std::move(caller), std::move(wake));
}

}  // namespace jobd
