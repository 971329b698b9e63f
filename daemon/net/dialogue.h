// Dialogue: one client's conversation as bytes in and bytes out. It decides all that is said; a Connection moves the
// bytes and knows nothing of them. So a dialogue can be tested, and fuzzed, without a socket.
//
// Answers of the service come later, on the same thread: its callbacks hold a shared pointer to the dialogue, which may
// by then have lost its connection; what it puts out after that is dropped with it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "daemon/core/service.h"
#include "shared/codec.h"

namespace jobd {

// What all dialogues of a daemon share. Own thread only.
struct Hall {
  Service& service;
  const Clock& clock;
  CodecLimits codec = {};
  std::size_t request_bytes = limits::kLineBytes;                                 // a line, a body
  std::shared_ptr<std::size_t> bytes_in_hand = std::make_shared<std::size_t>(0);  // see BytesInHand
  // Where a request longer than kLongRequestBytes is decoded, and a content as long is told: work on another thread,
  // then done on this one. Without it they are done where they come up, and the other clients wait meanwhile.
  std::function<void(std::function<void()> work, std::function<void()> done)> aside = nullptr;
  // jobd is to stop: an HTTP connection ends with its next answer.
  bool stopping = false;
};

// Own thread only.
class Dialogue {
 public:
  virtual ~Dialogue() = default;

  // Room for up to n more bytes of the client, n > 0; received says how many came, and acts on them.
  virtual std::span<char> room(std::size_t n) = 0;
  virtual void received(std::size_t n) = 0;
  // The client sends nothing more; it may still read.
  virtual void input_ended() = 0;
  // False while it has as much in hand as it takes, and once it takes nothing more.
  virtual bool wants_input() const = 0;

  // Goes on with what it has in hand as far as there is room now, and gives what is to be written. unwritten: of the
  // bytes it gave before, those still under way.
  virtual std::string output(std::size_t unwritten) = 0;
  // Nothing more will come: the connection is closed once all is written.
  virtual bool over() const = 0;
  // Once over: the client may still be sending. The connection then reads on for a moment without looking, since
  // closing before could cost the client the last answer.
  virtual bool left_input() const { return false; }
  // The client takes nothing of what it is given: the connection is closed at once, whatever is unwritten.
  virtual bool gave_up() const { return false; }

  // Takes no further request; over once those in hand are answered. Watches end at once.
  virtual void finish() = 0;
  // Instead of any request: gives the client this error, then it is over.
  virtual void refuse(const Error& error) = 0;
  // The connection is gone: whatever is still in hand is nobody's business any more.
  virtual void abandon() = 0;

  // When the client will have kept it waiting for too long; step then acts on it.
  virtual std::optional<Time> deadline() const { return std::nullopt; }
  virtual void step(Time /*now*/) {}
};

// That output(), wants_input(), over() or deadline() may have changed since they were last asked; they are not asked
// from inside of it. Often is fine.
using Wake = std::function<void()>;

}  // namespace jobd
