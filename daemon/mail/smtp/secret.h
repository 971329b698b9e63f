// Secret: a password or a token in memory, for as short a time as can be.
//
// It lies in pages of its own, which core dumps leave out, and is wiped before they are given back. It is moved, never
// copied; who makes a string of it wipes that string.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "shared/result.h"

namespace jobd::smtp {

// Own thread only, but may be handed from one to another.
class Secret {
 public:
  // Access tokens are long: Microsoft's have 2 to 3 KB.
  static constexpr std::size_t kBytesMax = 16UL << 10;

  Secret() = default;
  explicit Secret(std::string_view text);  // precondition: kBytesMax at most
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  std::string_view view() const { return {pages_, size_}; }
  bool empty() const { return size_ == 0; }
  Secret copy() const { return Secret(view()); }

  // Room for bytes that are read straight into it, behind those that are there; kBytesMax and one more in all, so that
  // too many are noticed. grew() says how many came.
  std::span<char> room();
  void grew(std::size_t bytes) { size_ += bytes; }
  // Keeps bytes [begin, begin + size) alone.
  void keep(std::size_t begin, std::size_t size);

 private:
  char* pages_ = nullptr;
  std::size_t size_ = 0;
};

// For strings and buffers that a secret has passed through.
void wipe(std::string& text);

// What a secret file may look like. Errors: unavailable, in words about `what`: "the password file"; nothing of the
// secret is in them.
//
// A name without a leading slash is one of $CREDENTIALS_DIRECTORY, where systemd's LoadCredential= puts it. The secret
// is the file without its one trailing line end. Anything but a regular file is refused, which could block, and so are
// an empty one, one with several lines or a NUL, and one over kBytesMax.
Result<Secret> read_secret(const std::string& name, const std::string& what);

// Makes of what was read or printed the one line that it should be.
Result<Secret> one_line(Secret text, const std::string& of);

// In words, if everybody on this machine may read the file; empty also where it cannot be looked at. It is used all the
// same: in a container that is how secrets are handed in.
std::string doubt_about_secret(const std::string& name);

}  // namespace jobd::smtp
