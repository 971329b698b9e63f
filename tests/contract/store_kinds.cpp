#include "tests/contract/store_kinds.h"

#include <stdexcept>

#include "tests/support/temporary_folder.h"

namespace jobd::testing {
namespace {

std::unique_ptr<Repository> open_or_throw(const StoreSettings& settings, const Clock& clock) {
  auto repository = open_repository(settings, clock, [](const std::string& message) { throw FlushFailed{message}; });
  if (!repository) throw std::runtime_error("cannot open the store: " + repository.error().message);
  return *std::move(repository);
}

class SqliteFile final : public StoreUnderTest {
 public:
  std::unique_ptr<Repository> open(StoreSettings settings, const Clock& clock) override {
    settings.url = "sqlite:" + folder_.file("jobs.db");
    return open_or_throw(settings, clock);
  }

 private:
  TemporaryFolder folder_;
};

class SqliteMemory final : public StoreUnderTest {
 public:
  std::unique_ptr<Repository> open(StoreSettings settings, const Clock& clock) override {
    settings.url = "memory:";
    return open_or_throw(settings, clock);
  }
};

}  // namespace

std::vector<StoreKind> durable_stores() {
  return {{"sqlite", [] { return std::make_unique<SqliteFile>(); }}};
}

std::vector<StoreKind> all_stores() {
  std::vector<StoreKind> kinds = durable_stores();
  kinds.push_back({"memory", [] { return std::make_unique<SqliteMemory>(); }});
  return kinds;
}

}  // namespace jobd::testing
