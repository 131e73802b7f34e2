/** The API's own description, to read and to try: Swagger UI, with the token of this tab. */

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

import { takeToken, token } from "./access/token";
import "./styles/api-docs.css";

takeToken();

SwaggerUI({
  dom_id: "#docs",
  url: "/api/openapi.json",
  // Nothing is sent elsewhere to be validated.
  validatorUrl: null,
  tryItOutEnabled: false,
  requestInterceptor: (request) => {
    const bearer = token();
    if (bearer && new URL(request.url, location.origin).origin === location.origin) request.headers["Authorization"] ??= `Bearer ${bearer}`;
    return request;
  },
});
