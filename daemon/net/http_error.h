// HttpError: why a request is refused. The error is what both doors would say; the rest only HTTP knows.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "shared/error.h"

namespace jobd {

struct HttpError {
  HttpError(Error error_in) : error(std::move(error_in)), status(row(error.code).http_status) {}
  HttpError(int status_in, std::string message) : error{Code::invalid_request, std::move(message)}, status(status_in) {}

  Error error;
  int status;
  std::string allow = {};  // the methods that a path knows, where it does not know this one
  bool ends = false;       // what follows on the connection cannot be understood, or is not waited for
};

// A request that is no HTTP, or not as RFC 9112 has it: where its end is, or what it asks, is anybody's guess.
inline HttpError malformed(std::string message, int status = 400) {
  HttpError error(status, std::move(message));
  error.ends = true;
  return error;
}

// A body of which more is announced than is taken.
inline HttpError body_too_large(std::size_t bytes_max) {
  HttpError error(Error{Code::too_large, "the body is longer than " + std::to_string(bytes_max) + " bytes"});
  error.ends = true;
  return error;
}

}  // namespace jobd
