// The stores that the contract suite runs on. A second store joins by a row in all_stores().
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "daemon/store/open_repository.h"

namespace jobd::testing {

// What a failed flush becomes in tests: the process of the store under test "ends".
struct FlushFailed {
  std::string message;
};

// One store of a kind: what outlives its closing (a folder, a database) is this object's.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  // The one before must be closed.
  virtual std::unique_ptr<Repository> open(StoreSettings settings, const Clock& clock) = 0;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};
inline void PrintTo(const StoreKind& kind, std::ostream* out) {
  *out << kind.name;
}

std::vector<StoreKind> all_stores();
// Those that keep their jobs over a closing.
std::vector<StoreKind> durable_stores();

}  // namespace jobd::testing
