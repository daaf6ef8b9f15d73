#include "badge/status.h"
