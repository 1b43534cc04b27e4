// The item's page: nothing here is needed for reading or deciding.
"use strict";
