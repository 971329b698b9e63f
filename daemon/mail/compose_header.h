// HeaderWriter: the header fields of a message (RFC 5322 2.2, 3.4; RFC 2047), always 7 bit, folded at 78 bytes where
// there is a space to fold at, a line with an encoded word at 76 (RFC 2047 2), never over 998.
//
// A text that is not plain is written in encoded words, UTF-8, q or b by what is shorter. Not plain is also what a
// reader would take for an encoded word though it is none ("=?"), and space at an end, which a reader would drop: what
// is read is what was meant. Only the words that need it are encoded, with the spaces between them, so that a subject
// stays legible in a log and the address in a submitter's own header stays an address.
//
// An address with letters beyond ASCII before its @ has no 7-bit form and is written as it is (RFC 6532); or, where
// that may not be, as a group of its name with nobody in it, which tells a reader who was meant (RFC 6857 3.1.8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/email.h"

namespace jobd {

enum class Addresses : std::uint8_t { as_they_are, in_ascii };

// Appends to a message. Names and values are as shared/codec lets them through: UTF-8 without control characters.
class HeaderWriter {
 public:
  explicit HeaderWriter(std::string& out, Addresses addresses = Addresses::as_they_are)
      : out_(out), addresses_(addresses) {}

  // As it stands: what is short and plain by itself.
  void plain(std::string_view name, std::string_view value);
  // A subject.
  void text(std::string_view name, std::string_view value);
  // A submitter's own: where it is ASCII its words stay as they are, encoded words, long URLs and all.
  void custom(std::string_view name, std::string_view value);
  // Domains become A-labels (RFC 5890).
  void mailboxes(std::string_view name, const std::vector<Mailbox>& mailboxes);

 private:
  void begin(std::string_view name);
  void end() { out_ += "\r\n"; }
  // A piece that stays whole, behind a gap of spaces at which the line may end. room: what must fit behind it.
  void put(std::string_view gap, std::string_view piece, std::size_t room = 0);
  template <typename MustEncode>
  void put_words(std::string_view text, MustEncode must_encode);
  void put_encoded(std::string_view gap, std::string_view text);
  void put_phrase(std::string_view gap, std::string_view name);

  std::string& out_;
  const Addresses addresses_;
  std::size_t column_ = 0;
  bool is_empty_ = true;      // nothing stands behind the field's name yet
  bool has_encoded_ = false;  // the line has an encoded word
};

}  // namespace jobd
