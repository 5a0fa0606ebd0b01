export { type Answer, type Listening, type Received, serve } from "./serve.js";
