// The OpenAPI 3.1 document of the HTTP door, made from the table of operations.
#pragma once

#include <string>

namespace jobd {

// JSON. Made once, at the first call.
const std::string& openapi_document();

}  // namespace jobd
