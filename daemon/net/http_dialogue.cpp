#include "daemon/net/http_dialogue.h"

#include <atomic>
#include <memory>
#include <utility>

#include "daemon/net/bytes_in_hand.h"
#include "daemon/net/http_answers.h"
#include "daemon/net/http_body.h"
#include "daemon/net/http_head.h"
#include "daemon/net/http_input.h"
#include "daemon/net/http_parser.h"
#include "daemon/net/http_patience.h"
#include "daemon/net/http_request.h"
#include "daemon/net/http_response.h"
#include "daemon/net/http_stream.h"
#include "daemon/net/openapi.h"
#include "daemon/net/reply_weight.h"

namespace jobd {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class HttpDialogue final : public Dialogue, public std::enable_shared_from_this<HttpDialogue> {
 public:
  HttpDialogue(Hall& hall, const HostRule& rule, Caller caller, Wake wake)
      : hall_(hall),
        rule_(rule),
        caller_{std::move(caller.scope), this},
        wake_(std::move(wake)),
        parser_(hall.request_bytes),
        in_hand_(hall.bytes_in_hand) {
    look_whose_turn();
  }

  std::span<char> room(std::size_t n) override { return input_.room(n); }

  void received(std::size_t n) override {
    input_.came(n);
    go_on();
  }

  void input_ended() override {
    at_end_ = true;
    if (stream_ && stream_->begun()) knock();
    go_on();
  }

  // A watcher is listened to for its end only.
  bool wants_input() const override { return !at_end_ && (stream_ || (!input_over_ && has_room())); }

  std::string output(std::size_t unwritten) override {
    unwritten_ = unwritten;
    go_on();
    if (hall_.stopping) take_leave();
    std::string out = answers_.take();
    if (stream_ && answers_.is_next(stream_place_)) {
      if (!stream_->begun()) stream_->begin(date(), out);
      stream_->take_events(unwritten_, out);
    }
    patience_.set_unread(unwritten_, out.size(), hall_.clock.now());
    unwritten_ += out.size();
    return out;
  }

  bool over() const override { return input_over_ && answers_.empty(); }
  bool left_input() const override { return !at_end_; }
  bool gave_up() const override { return gave_up_; }

  void finish() override {
    if (in_body_) answers_.drop_last();
    end_input();
    end_stream();
    answers_.end_with_last();
  }

  void refuse(const Error& error) override { refuse_in_turn(HttpError(error)); }

  void abandon() override {
    *abandoned_ = true;
    end_input();
    stream_.reset();
    hall_.service.forget(this);
  }

  std::optional<Time> deadline() const override { return patience_.deadline(); }

  void step(Time now) override {
    switch (patience_.end(now)) {
      case HttpPatience::End::none: return;
      case HttpPatience::End::idle: return end_input();
      case HttpPatience::End::request:
        return refuse_in_turn(HttpError(408, "the request was not complete in time; the connection is closed"));
      case HttpPatience::End::unread: gave_up_ = true; return abandon();
    }
  }

 private:
  bool has_room() const {
    return !decoding_ && !changing_many_ && answers_.waiting() < limits::kConnectionRequests &&
           expected_bytes_ < limits::kConnectionExpectedBytes &&
           answers_.bytes() + unwritten_ < limits::kConnectionReplyBytes;
  }

  void go_on() {
    if (input_over_) input_.drop_all();
    while (!input_over_ && has_room() && take_some()) {
    }
    if (at_end_ && !input_over_ && has_room()) take_end();
    count_bytes_in_hand();
    look_whose_turn();
  }

  // False when nothing more can be done with what has come.
  bool take_some() { return in_body_ ? take_body() : take_head(); }

  bool take_head() {
    while (input_.bytes().starts_with("\r\n")) input_.drop(2);  // RFC 9112 2.2
    if (input_.bytes() == "\r") return false;
    auto error = scanner_.scan(input_.bytes());
    const std::size_t bytes = scanner_.head_bytes();
    if (!error && bytes == 0) return false;
    if (!error) error = parser_.parse_head(input_.bytes().substr(0, bytes));
    if (error) return refuse_in_turn(*error), false;
    begin_request(read_head(parser_.head(), rule_, hall_.request_bytes));
    input_.drop(bytes);
    scanner_ = {};
    return true;
  }

  void begin_request(HttpRead read) {
    request_ = std::move(read.request);
    refusal_ = std::move(read.error);
    place_ = answers_.reserve(std::move(request_.form));
    in_body_ = true;
    // The rest of a refused request is waited for only where it is short and on its way.
    const bool is_short =
        !request_.is_chunked && !request_.expects_continue && request_.body_bytes <= limits::kDroppedBodyBytes;
    if (refusal_ && (refusal_->ends || !is_short)) return refuse_in_turn(*refusal_);
    if (request_.expects_continue) answers_.put(place_, std::string(kContinue));
  }

  bool take_body() {
    std::string_view bytes = input_.bytes();
    const std::size_t had = bytes.size();
    make_room_for_body(had);
    auto error = parser_.take_body(bytes, body_);
    input_.drop(had - bytes.size());
    if (!body_.empty() && request_.if_body) error = request_.if_body;  // whatever came behind its first byte
    if (error) return refuse_in_turn(*error), false;
    if (!parser_.complete()) return false;
    end_request();
    return true;
  }

  // Once, for a body that is long beyond doubt: to grow by copying would take longer than to read it.
  void make_room_for_body(std::size_t more) {
    const std::size_t most = request_.is_chunked ? hall_.request_bytes : request_.body_bytes;
    if (body_.size() + more > limits::kShortRequestBytes && body_.capacity() < most) body_.reserve(most);
  }

  void end_request() {
    in_body_ = false;
    patience_.new_request();
    if (!answers_.form(place_).keeps_open) input_over_ = true;
    std::string body = std::move(body_);
    body_.clear();
    if (refusal_) return answer(place_, *refusal_);
    if (request_.operation == nullptr) return answer_itself();
    if (body.size() > limits::kLongRequestBytes && hall_.aside) return decode_aside(std::move(body));
    act(place_, decode_body(std::move(request_), body, hall_.codec));
    body_ = std::move(body);  // for its memory
    body_.clear();
  }

  // What no operation stands behind.
  void answer_itself() {
    const HttpForm& form = answers_.form(place_);
    fill(place_,
         request_.allow.empty() ? http_document(openapi_document(), form, date())
                                : http_options(request_.allow, form, date()),
         form.keeps_open);
  }

  // Nothing more is taken from this client until it is done: its requests stay in their order.
  void decode_aside(std::string body) {
    decoding_ = true;
    in_hand_.set_aside(body.size());
    const auto decoded = std::make_shared<Result<Request>>(Request{});
    hall_.aside(
        [&service = hall_.service, codec = hall_.codec, request = std::move(request_), body = std::move(body), decoded,
         abandoned = abandoned_] {
          if (*abandoned) return;
          *decoded = decode_body(request, body, codec);
          if (*decoded) service.prepare(**decoded);
        },
        [self = shared_from_this(), place = place_, decoded] {
          self->decoding_ = false;
          self->in_hand_.set_aside(0);
          if (!*self->abandoned_) self->act(place, std::move(*decoded));
          self->wake_();
        });
  }

  void act(std::uint64_t place, Result<Request> request) {
    if (!request) return answer(place, HttpError(std::move(request).error()));
    if (const auto* watch = std::get_if<Watch>(&*request)) return begin_watch(place, *watch);
    const std::size_t weight = reply_weight(*request, hall_.codec.content_bytes);
    expected_bytes_ += weight;
    const bool several_turns = takes_several_turns(*request);
    changing_many_ = several_turns;
    hall_.service.handle(*std::move(request), caller_,
                         [self = shared_from_this(), place, weight, several_turns](Result<Response> response) {
                           if (several_turns) self->changing_many_ = false;
                           self->take_response(place, weight, std::move(response));
                         });
  }

  // A long one is put into words aside: the other clients do not wait for it.
  void take_response(std::uint64_t place, std::size_t weight, Result<Response> response) {
    if (!hall_.aside || !takes_long_to_write(response)) {
      expected_bytes_ -= weight;
      return answer(place, response);
    }
    const auto bytes = std::make_shared<std::string>();
    hall_.aside(
        [response = std::move(response), form = answers_.form(place), date = std::string(date()), bytes,
         abandoned = abandoned_] {
          if (!*abandoned) *bytes = http_response(response, form, date);
        },
        [self = shared_from_this(), place, weight, bytes, keeps_open = answers_.form(place).keeps_open] {
          self->expected_bytes_ -= weight;
          if (!*self->abandoned_) self->fill(place, std::move(*bytes), keeps_open);
        });
  }

  void begin_watch(std::uint64_t place, const Watch& watch) {
    HttpForm& form = answers_.form(place);
    if (form.is_head) return fill(place, http_event_stream(form, date()), form.keeps_open);
    form.keeps_open = false;
    end_input();
    stream_place_ = place;
    stream_.emplace(form, hall_.service.watch(watch, wake_), watch.after.has_value());
  }

  void knock() {
    std::string nothing;
    stream_->knock(nothing);
    answers_.put(stream_place_, std::move(nothing));
  }

  void end_stream() {
    if (!stream_) return;
    std::string last;
    if (!stream_->begun()) stream_->begin(date(), last);
    stream_->end(last);
    stream_.reset();
    fill(stream_place_, std::move(last), false);
  }

  // The answer to what is not read to its end: nothing sensible can follow it.
  void refuse_in_turn(const HttpError& error) {
    const std::uint64_t place = in_body_ ? place_ : answers_.reserve({});
    answers_.form(place).keeps_open = false;
    answer(place, error);
    end_input();
  }

  // answer: a Result<Response> or an HttpError.
  template <typename Answer>
  void answer(std::uint64_t place, const Answer& answer) {
    if (*abandoned_) return;
    const HttpForm& form = answers_.form(place);
    fill(place, http_response(answer, form, date()), form.keeps_open);
  }

  void fill(std::uint64_t place, std::string bytes, bool keeps_open) {
    answers_.fill(place, std::move(bytes), keeps_open);
    wake_();
  }

  // jobd stops: who has no further request under way is told that the answer in hand is the last.
  void take_leave() {
    if (input_over_ || in_body_ || !input_.bytes().empty() || answers_.empty()) return;
    end_input();
    answers_.end_with_last();
  }

  void take_end() {
    if (in_body_ || !input_.bytes().empty()) return refuse_in_turn(malformed("the request ends before it is complete"));
    end_input();
  }

  void end_input() {
    input_over_ = true;
    in_body_ = false;
    input_.drop_all();
    body_.clear();
    count_bytes_in_hand();
    look_whose_turn();
  }

  // Long requests that are under way on all connections share one budget.
  void count_bytes_in_hand() {
    in_hand_.set_coming(input_over_ ? 0 : input_.bytes().size() + body_.size());
    if (!in_hand_.is_too_much() || !has_room()) return;
    refuse_in_turn(HttpError(
        Error{Code::busy, "too many long requests are under way; try again shortly", "", std::chrono::seconds(1)}));
  }

  void look_whose_turn() {
    const bool awaits_continue = in_body_ && request_.expects_continue && !answers_.is_next(place_);
    const bool begun = in_body_ || !input_.bytes().empty();
    auto turn = HttpPatience::Turn::idle;
    if (begun) turn = HttpPatience::Turn::client;
    if (!begun && answers_.waiting() > 0) turn = HttpPatience::Turn::own;
    if (input_over_ || !has_room() || awaits_continue) turn = HttpPatience::Turn::own;
    patience_.set_turn(turn, in_hand_.coming(), hall_.clock.now());
  }

  std::string_view date() { return date_.at(hall_.clock.now()); }

  Hall& hall_;
  const HostRule& rule_;
  const Caller caller_;
  const Wake wake_;
  HttpDate date_;
  HttpPatience patience_;

  HttpInput input_;
  HeadScanner scanner_;
  HttpParser parser_;
  BytesInHand in_hand_;
  bool in_body_ = false;  // request_ is known, its end is not reached; place_ is its answer's
  HttpRequest request_;
  std::optional<HttpError> refusal_;  // its answer, once the body has been dropped
  std::uint64_t place_ = 0;
  std::string body_;

  HttpAnswers answers_;
  std::optional<HttpStream> stream_;
  std::uint64_t stream_place_ = 0;
  std::size_t unwritten_ = 0;
  std::size_t expected_bytes_ = 0;  // what the answers under way may weigh
  bool changing_many_ = false;      // in several turns
  bool decoding_ = false;
  bool at_end_ = false;      // the client sends nothing more
  bool input_over_ = false;  // nothing more is taken from it
  bool gave_up_ = false;
  const std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace

std::shared_ptr<Dialogue> make_http_dialogue(Hall& hall, const HostRule& rule, Caller caller, Wake wake) {
  return std::make_shared<HttpDialogue>(hall, rule, std::move(caller), std::move(wake));
}

}  // namespace jobd
