// Certificates made in memory, for servers that tests talk to.
#pragma once

#include <memory>
#include <string>

#include "tests/support/temporary_folder.h"

namespace jobd::testing {

// PEM: what a server proves itself with.
struct Identity {
  std::string certificate;
  std::string key;
};

struct Certified {
  std::string dns_name = "localhost";  // empty: none
  std::string address = {};            // "127.0.0.1"; empty: none
  bool expired = false;                // since the year 2001; else good from 2000 to 2100
};

Identity self_signed(const Certified& about);

// Who vouches for others. Its certificate lies in a file of a temporary folder.
class Authority {
 public:
  explicit Authority(const std::string& name = "Test Authority");
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  Identity issue(const Certified& about) const;
  const std::string& ca_file() const { return ca_file_; }

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  TemporaryFolder folder_;
  std::string ca_file_;
};

}  // namespace jobd::testing
