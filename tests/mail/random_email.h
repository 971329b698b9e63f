// Emails of every kind that the codec lets through, made by chance: the same in every run.
#pragma once

#include <string>
#include <string_view>

#include "shared/email.h"
#include "tests/support/fakes.h"

namespace jobd::testing {

class RandomEmail {
 public:
  explicit RandomEmail(std::uint64_t seed) : random_(seed) {}

  // A text alone, or nothing, with any header.
  Email plain();

 private:
  std::size_t below(std::size_t n) { return random_.bits() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string words(std::size_t bytes_max);
  std::string lines();
  Mailbox mailbox();

  FakeRandom random_;
};

}  // namespace jobd::testing
