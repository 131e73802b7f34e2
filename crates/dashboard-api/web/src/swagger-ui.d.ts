/** What of Swagger UI is used. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Request {
    url: string;
    headers: Record<string, string>;
  }
  interface Options {
    dom_id: string;
    url: string;
    validatorUrl: null;
    tryItOutEnabled: boolean;
    requestInterceptor: (request: Request) => Request;
  }
  export default function SwaggerUI(options: Options): unknown;
}
